"""Writing notices, inside the open transaction of what they tell of."""

from datetime import datetime
from uuid import UUID

from accounts.wishes import NotificationType
from notifications.messages.data import Data, Envelope
from notifications.models import Notice


def write_notice(
    type: NotificationType,
    user_id: UUID | str,
    data: Data,
    *,
    key: str,
    happened_at: datetime,
    execution_id: UUID | None = None,
) -> None:
    """What has this key already is not written again. Raises pydantic's ValidationError for data of another type."""
    told = Envelope(type=type, user_id=str(user_id), created_at=happened_at, data=data.model_dump(mode="json"))
    notice = Notice(
        kind=told.type.value,
        user_id=user_id,
        data=told.typed().model_dump(mode="json"),
        key=key,
        happened_at=happened_at,
        execution_id=execution_id,
    )
    Notice.objects.bulk_create([notice], ignore_conflicts=True)
