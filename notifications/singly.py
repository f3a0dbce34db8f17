"""Going through many, so that one that cannot be dealt with does not stand in the way of the others."""

import logging
from collections.abc import Callable, Iterable
from typing import TypeVar

from django.db import InterfaceError, OperationalError

logger = logging.getLogger(__name__)

Thing = TypeVar("Thing")


def singly(things: Iterable[Thing], act: Callable[[Thing], bool]) -> int:
    """With how many something was done. What fails is logged."""
    return sum(_tried(act, thing) for thing in things)


def _tried(act: Callable[[Thing], bool], thing: Thing) -> bool:
    try:
        return act(thing)
    except (OperationalError, InterfaceError):
        raise  # the database is away, for all of them
    except Exception:
        extra = {"action": "notice_not_dealt_with", "notice": str(thing)}
        logger.exception("A notice could not be dealt with", extra=extra)
        return False
