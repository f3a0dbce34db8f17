"""Letting executions go on once nothing in them waits for a person."""

from uuid import UUID

from django.db import transaction
from django.db.models import Exists, F, OuterRef

from executor.dispatch.ring import ring_on_commit
from executor.each_in_turn import each
from executor.events import CommittedBatch, announce_on_commit
from executor.models import GraphExecution, GraphExecutionQuerySet
from executor.reviews.models import Review
from executor.statuses import Status
from executor.telling.changes import changes_since


@transaction.atomic
def requeue_if_answered(root_id: UUID) -> bool:
    """Queue an execution in REVIEW again if none of its reviews waits. False if one does, or it is not in REVIEW."""
    waiting = Exists(Review.objects.waiting().filter(root=OuterRef("id")))
    answered = GraphExecution.objects.filter(~waiting, id=root_id, status=Status.REVIEW, parent=None)
    if not answered.update(status=Status.QUEUED, seq=F("seq") + 1, claims=0, dispatched_at=None):
        return False
    root = GraphExecution.objects.get(id=root_id)
    announce_on_commit(
        CommittedBatch(
            execution_id=str(root.id),
            graph_id=str(root.graph_id),
            user_id=str(root.user_id),
            events=changes_since(root.id, root.seq - 1),
        )
    )
    ring_on_commit(root_id)
    return True


def requeue_forgotten() -> int:
    """Queue executions that are in REVIEW although nothing in them waits for a person. How many there were."""
    return each(forgotten().order_by("created_at").values_list("id", flat=True), requeue_if_answered)


def forgotten() -> GraphExecutionQuerySet:
    """Executions in REVIEW in which nothing waits for a person."""
    waiting = Exists(Review.objects.waiting().filter(root=OuterRef("id")))
    return GraphExecution.objects.filter(~waiting, status=Status.REVIEW, parent=None, cancel_requested_at=None)
