"""The sweeper: finds executions that were lost, abandoned, cancelled or left half done, and repairs them.

Any number of sweepers may run: each repair is a conditional UPDATE, or a ring, which may be repeated.
"""

import logging
from collections.abc import Callable

from django.db import InterfaceError, OperationalError

from executor.dispatch.dispatching import dispatch
from executor.reviews.requeueing import requeue_forgotten
from executor.sweeping.cancels import cancelled, of_deleted_graphs
from executor.sweeping.clearing import graphs_cleared
from executor.sweeping.counting import count
from executor.sweeping.lateness import overdue
from executor.sweeping.leases import leases_shortened, poisoned, taken_over
from executor.sweeping.leftovers import orphans_ended, queued, released
from executor.sweeping.rings import rung_again

logger = logging.getLogger(__name__)

#: By the name under which each is counted. First what ends executions, so that nothing of them is rung; last what
#: nobody waits for.
REPAIRS: dict[str, Callable[[], int]] = {
    "graph_deleted": of_deleted_graphs,
    "cancelled": cancelled,
    "overdue": overdue,
    "poisoned": poisoned,
    "lease_shortened": leases_shortened,
    "taken_over": taken_over,
    "orphan_ended": orphans_ended,
    "released": released,
    "review_forgotten": requeue_forgotten,
    "queued": queued,
    "rung_again": rung_again,
    "graph_cleared": graphs_cleared,
}


def sweep() -> dict[str, int]:
    """Repair what can be found now, and ring for what waits. How many there were, by kind."""
    done = {kind: _repaired(kind, repair) for kind, repair in REPAIRS.items()}
    return done | {"dispatched": dispatch()}


def _repaired(kind: str, repair: Callable[[], int]) -> int:
    """One kind that cannot be repaired is logged, and does not stand in the way of the others."""
    try:
        number = repair()
    except (OperationalError, InterfaceError):
        raise  # the database is away, for all of them
    except Exception:
        logger.exception("A repair failed", extra={"action": "repair_failed", "kind": kind})
        return 0
    if number:
        count(kind, number)
    return number
