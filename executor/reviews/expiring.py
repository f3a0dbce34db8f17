"""Reviews that nobody has decided in time: their default decision holds."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from executor.each_in_turn import each
from executor.reviews.deciding import hold_in_review, put
from executor.reviews.errors import AlreadyDecided, NotInReview
from executor.reviews.models import Review
from executor.reviews.requeueing import requeue_if_answered
from executor.statuses import Status

MESSAGE = "Nobody decided in time."


def expire_reviews() -> int:
    """Decide what is overdue, and let the executions go on. How many reviews there were."""
    overdue = Review.objects.waiting().filter(expires_at__lte=timezone.now(), root__status=Status.REVIEW)
    return each(list(dict.fromkeys(overdue.order_by("expires_at").values_list("root_id", flat=True))), _expire)


def _expire(root_id: UUID) -> int:
    """Somebody may decide or stop the execution at this very moment; then there is nothing to do."""
    try:
        return _decide_overdue(root_id, timezone.now())
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
