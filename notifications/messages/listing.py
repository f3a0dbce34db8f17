"""The list of what a user was told, and what of it is read."""

from collections.abc import Collection
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db.models import QuerySet

from accounts.wishes import NotificationType
from executor.models import GraphExecution
from notifications.messages.contents import Content, data_of
from notifications.messages.rendering import subject_of
from notifications.models import Notice

if TYPE_CHECKING:
    from accounts.models import User


def listed(user: "User", *, is_unread: bool = False) -> QuerySet[Notice]:
    """Without what tells of executions that were deleted."""
    deleted = GraphExecution.objects.filter(user=user, deletion__isnull=False).values("id")
    notices = Notice.objects.filter(user=user, is_listed=True).exclude(execution_id__in=deleted)
    return notices.filter(read_at=None) if is_unread else notices


def mark_read(user: "User", ids: Collection[int] | None, *, now: datetime) -> int:
    """Those with these ids, or all. How many were not read before."""
    unread = Notice.objects.filter(user=user, is_listed=True, read_at=None)
    return (unread if ids is None else unread.filter(pk__in=ids)).update(read_at=now)


def notice_body(notice: Notice) -> dict[str, Any]:
    type = NotificationType(notice.kind)
    data = data_of(notice)
    return {
        "id": notice.pk,
        "type": type.value,
        "title": subject_of(type, Content(data)),
        "data": data.model_dump(mode="json"),
        "execution_id": notice.execution_id,
        "happened_at": notice.happened_at,
        "read_at": notice.read_at,
    }
