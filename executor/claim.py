"""Taking an execution, and holding it. The database decides, on its own clock; there is no other lock."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db.models import F, Q
from django.db.models.functions import Coalesce, Now

from executor.models import GraphExecution, GraphExecutionQuerySet
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
    """
    free = Q(status=Status.QUEUED) | Q(status=Status.RUNNING, lease_until__lt=Now())
    taken = GraphExecution.objects.filter(free, id=execution_id, parent=None).update(
        status=Status.RUNNING,
        fence=F("fence") + 1,
        claims=F("claims") + 1,
        owner=owner,
        lease_until=Now() + timedelta(seconds=settings.LEASE_SECONDS),
        started_at=Coalesce(F("started_at"), Now()),
    )
    mine = GraphExecution.objects.filter(id=execution_id, owner=owner, status=Status.RUNNING)
    numbers = mine.values_list("fence", "claims").first() if taken else None
    return Claim(execution_id, *numbers, owner=owner) if numbers else None


def renew(claim: Claim) -> bool:
    """Put the end of the lease off. False: it is somebody else's now, or has ended."""
    until = Now() + timedelta(seconds=settings.LEASE_SECONDS)
    return _mine(claim).update(lease_until=until) == 1


def hand_back(claim: Claim) -> None:
    """Let the lease end now, so that another worker may go on at once. Harmless if it is lost already."""
    _mine(claim).update(lease_until=Now() - timedelta(milliseconds=1))


def cancelled(execution_ids: Iterable[UUID]) -> set[UUID]:
    """Those of the running executions whose owner should stop, because somebody asked."""
    asked = GraphExecution.objects.filter(id__in=list(execution_ids), cancel_requested_at__isnull=False)
    return set(asked.values_list("id", flat=True))


def _mine(claim: Claim) -> GraphExecutionQuerySet:
    return GraphExecution.objects.filter(id=claim.execution_id, fence=claim.fence, status=Status.RUNNING)
