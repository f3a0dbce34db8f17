"""What becomes of reviews when their execution ends without them."""

from datetime import datetime
from uuid import UUID

from executor.reviews.limits import MESSAGE_CHARACTERS
from executor.reviews.models import Review
from executor.reviews.statuses import ReviewStatus


def reject_waiting(root_id: UUID, *, message: str, now: datetime) -> int:
    """Reject what nobody can decide any more. Called inside the transaction that ends the root execution."""
    waiting = Review.objects.waiting().filter(root=root_id)
    return waiting.update(status=ReviewStatus.REJECTED, message=message[:MESSAGE_CHARACTERS], reviewed_at=now)
