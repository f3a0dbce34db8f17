"""How a repair goes through what it has found: those that could not be repaired stand behind all others."""

import logging
from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from django.db import InterfaceError, OperationalError
from django.db.models import QuerySet

logger = logging.getLogger(__name__)

Repair = Callable[[UUID], int]

#: Executions that one call tries, unless told otherwise.
WINDOW = 100
#: Those that this process has tried in vain since all that a repair had found have had their turn.
_tried: dict[Repair, set[UUID]] = defaultdict(set)


def each(found: "QuerySet[Any, UUID] | Sequence[UUID]", repair: Repair, *, at_once: int = WINDOW) -> int:
    """Try some of these, and sum up how much was repaired. One that cannot be is logged, and stops no others.

    found: ids, the most urgent first.  repair: a function of a module, for by it is known who has had a turn.
    """
    tried = _tried[repair]
    turns = [execution_id for execution_id in found[: at_once + len(tried)] if execution_id not in tried][:at_once]
    repaired = sum(_attempt(repair, execution_id) for execution_id in turns)
    if len(turns) < at_once:
        tried.clear()
    return repaired


def _attempt(repair: Repair, execution_id: UUID) -> int:
    """Its turn is over even if the database goes away, which ends the turns of all: it may be why."""
    _tried[repair].add(execution_id)
    try:
        repaired = repair(execution_id)
    except (OperationalError, InterfaceError):
        raise
    except Exception:
        logger.exception("A repair failed", extra={"action": "repair_failed", "execution": str(execution_id)})
        return 0
    if repaired:
        _tried[repair].discard(execution_id)
    return repaired
