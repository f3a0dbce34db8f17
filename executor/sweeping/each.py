"""How a repair goes through what it has found."""

import logging
from collections.abc import Callable, Iterable
from uuid import UUID

from django.db import InterfaceError, OperationalError

logger = logging.getLogger(__name__)

#: Executions that one sweep looks at, per kind of trouble.
WINDOW = 100


def each(execution_ids: Iterable[UUID], repair: Callable[[UUID], bool]) -> int:
    """How many were repaired. One that cannot be is logged, and does not stand in the way of the others."""
    return sum(_tried(repair, execution_id) for execution_id in execution_ids)


def _tried(repair: Callable[[UUID], bool], execution_id: UUID) -> bool:
    try:
        return repair(execution_id)
    except (OperationalError, InterfaceError):
        raise  # the database is away, for all of them
    except Exception:
        logger.exception("A repair failed", extra={"action": "repair_failed", "execution": str(execution_id)})
        return False
