"""Deciding reviews: the one door, for the API, the pages and the clock."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db import transaction

from executor.models import GraphExecution, GraphExecutionQuerySet
from executor.reviews.decisions import Decision, outcome
from executor.reviews.errors import AlreadyDecided, DecisionInvalid, NotInReview, ReviewNotFound
from executor.reviews.models import Review
from executor.reviews.requeueing import requeue_if_answered
from executor.reviews.statuses import ReviewStatus
from executor.statuses import Status
from graphs.plans import plan_for

if TYPE_CHECKING:
    from accounts.models import User


@transaction.atomic
def decide(user: "User", decisions: Sequence[Decision], *, now: datetime) -> list[Review]:
    """Decide reviews of one execution, all or none of them. Once none waits any more, the execution goes on.

    Of two that decide the same review, the second one is refused. Raises ReviewNotFound, DecisionInvalid,
    ReviewChanged, NotInReview and AlreadyDecided; nothing is decided then.
    """
    reviews = _reviews(user, decisions)
    root_id = _root_of(reviews.values())
    columns = {decision.node_execution_id: _outcome(decision, reviews) for decision in decisions}
    hold_in_review(root_id)
    for id_, decided in columns.items():
        put(id_, decided | {"reviewed_at": now, "reviewer": user})
    requeue_if_answered(root_id)
    return list(Review.objects.filter(node_execution__in=list(columns)))


def hold_in_review(root_id: UUID) -> None:
    """Let nobody else decide, end or take up the execution until this transaction ends. Raises NotInReview.

    It writes, because that locks the row on every database; and a decision is progress, so its claims start anew.
    """
    if not _undecided(root_id).update(claims=0):
        raise NotInReview(execution_id=str(root_id))


def put(node_execution_id: UUID, decided: Mapping[str, Any]) -> None:
    """Write the decision, unless there is one. Raises AlreadyDecided."""
    waiting = Review.objects.filter(node_execution=node_execution_id, status=ReviewStatus.WAITING)
    if not waiting.update(**decided):
        raise AlreadyDecided(node_exec_id=str(node_execution_id))


def _undecided(root_id: UUID) -> GraphExecutionQuerySet:
    return GraphExecution.objects.filter(
        id=root_id, status__in=(Status.REVIEW, Status.INCOMPLETE), cancel_requested_at=None
    )


def _reviews(user: "User", decisions: Sequence[Decision]) -> dict[UUID, Review]:
    ids = [decision.node_execution_id for decision in decisions]
    if len(set(ids)) < len(ids):
        raise DecisionInvalid("A review is decided twice in one request.")
    found = Review.objects.for_user(user).select_related("node_execution__node", "execution__version__graph")
    reviews = {review.node_execution_id: review for review in found.filter(node_execution__in=ids)}
    if len(reviews) < len(ids) or not ids:
        raise ReviewNotFound
    return reviews


def _root_of(reviews: Iterable[Review]) -> UUID:
    roots = {review.root_id for review in reviews}
    if len(roots) > 1:
        raise DecisionInvalid("All reviews of one request must belong to one execution.")
    return roots.pop()


def _outcome(decision: Decision, reviews: Mapping[UUID, Review]) -> dict[str, Any]:
    review = reviews[decision.node_execution_id]
    run = review.node_execution
    block = plan_for(review.execution.version).nodes[str(run.node_id)].block
    return outcome(decision, review, block, run.inputs)
