"""Noting when executions go on with what was decided: the time until then is not running time."""

from uuid import UUID

from django.db.models.functions import Now

from executor.reviews.models import Review


def note_resumed(root_id: UUID) -> None:
    """The execution has just been taken up. While it runs nothing is decided, so these are all that it goes on with."""
    Review.objects.filter(root=root_id, reviewed_at__isnull=False, resumed_at=None).update(resumed_at=Now())
