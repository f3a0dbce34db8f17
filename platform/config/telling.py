"""What `notifications` has to say, said by `realtime`: neither knows the other."""

from typing import Any
from uuid import UUID

from notifications.events import NoticeListed
from realtime.publish import notify


def tell_sockets(sender: object, *, event: NoticeListed, **kwargs: Any) -> None:
    """Listens to `notifications.events.notice_events`."""
    notify(UUID(event.user_id), {"type": event.type, "event": "listed", "id": event.notice_id})
