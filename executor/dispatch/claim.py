"""Taking an execution, and holding it. The database decides, on its own clock; there is no other lock."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db import connection
from django.db.models import F
from django.db.models.functions import Least, Now

from executor.dispatch.database import LOCK_CLAIMS, LOCK_CLAIMS_OF_ITS_USER, one
from executor.dispatch.figures import resumes
from executor.dispatch.statements import statements
from executor.models import GraphExecution, GraphExecutionQuerySet
from executor.reviews.resuming import note_resumed
from executor.statuses import Status


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to write an execution, until the lease ends or a newer claim has a higher fence."""

    execution_id: UUID
    fence: int
    #: How many claims there were since a node last finished, this one included.
    claims: int
    owner: str


def claim(execution_id: UUID, *, owner: str) -> Claim | None:
    """Take an execution that is QUEUED, or whose owner let its lease end. None if there is nothing to take.

    owner: another one for each process.  Of several that try at once, one gets it: the others' UPDATE finds no row.
    One that is QUEUED is taken only while nobody has paused it and fewer than the limits run, of its user, of its user
    and graph, and of all. That is exact: claims of one user's executions follow one another.
    """
    locks = (LOCK_CLAIMS, LOCK_CLAIMS_OF_ITS_USER) if settings.RUNNING_MAX else (LOCK_CLAIMS_OF_ITS_USER,)
    wish = {"id": execution_id, "owner": owner, "seconds": settings.LEASE_SECONDS}
    taken = one(statements(connection.vendor).claim, wish, locks=locks)
    if taken is None:
        return None
    fence, claims = taken
    if fence > 1:
        note_resumed(execution_id)
        resumes.inc()
    return Claim(execution_id, fence, claims, owner)


def renew(claim: Claim) -> bool:
    """Put the end of the lease off. False: it is somebody else's now, or has ended."""
    until = Now() + timedelta(seconds=settings.LEASE_SECONDS)
    return _mine(claim).update(lease_until=until) == 1


def hand_back(claim: Claim, *, is_orderly: bool = False) -> None:
    """Let the lease end now, so that another worker may go on at once. Harmless if it is lost already.

    is_orderly: nothing went wrong here, so that this claim does not count among those without progress, however often
    and from how many processes it is handed back.
    """
    claims = Least(F("claims"), claim.claims - 1) if is_orderly else F("claims")
    _mine(claim).update(lease_until=Now() - timedelta(milliseconds=1), claims=claims)


def cancelled(execution_ids: Iterable[UUID]) -> set[UUID]:
    """Those of the running executions whose owner should stop, because somebody asked."""
    asked = GraphExecution.objects.filter(id__in=list(execution_ids), cancel_requested_at__isnull=False)
    return set(asked.values_list("id", flat=True))


def _mine(claim: Claim) -> GraphExecutionQuerySet:
    return GraphExecution.objects.filter(id=claim.execution_id, fence=claim.fence, status=Status.RUNNING)
