"""Reviews that nobody has decided in time: their default decision holds."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from executor.reviews.deciding import hold_in_review, put
from executor.reviews.errors import AlreadyDecided, NotInReview
from executor.reviews.models import Review
from executor.reviews.requeueing import requeue_if_answered
from executor.statuses import Status

MESSAGE = "Nobody decided in time."
#: Executions that are looked at in one go.
WINDOW = 100


def expire_reviews() -> int:
    """Decide what is overdue, and let the executions go on. How many reviews there were."""
    now = timezone.now()
    overdue = Review.objects.waiting().filter(expires_at__lte=now, root__status=Status.REVIEW)
    roots = overdue.order_by("root_id").values_list("root_id", flat=True).distinct()[:WINDOW]
    return sum(_expire(root_id, now) for root_id in list(roots))


def _expire(root_id: UUID, now: datetime) -> int:
    """Somebody may decide or stop the execution at this very moment; then there is nothing to do."""
    try:
        return _decide_overdue(root_id, now)
    except (NotInReview, AlreadyDecided):
        return 0


@transaction.atomic
def _decide_overdue(root_id: UUID, now: datetime) -> int:
    hold_in_review(root_id)
    overdue = list(Review.objects.waiting().filter(root=root_id, expires_at__lte=now))
    for review in overdue:
        decided = {"status": review.default_decision, "message": MESSAGE, "is_expired": True, "reviewed_at": now}
        put(review.node_execution_id, decided)
    requeue_if_answered(root_id)
    return len(overdue)
