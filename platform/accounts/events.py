"""What happens to accounts."""

from dataclasses import dataclass

from django.db import transaction
from django.dispatch import Signal

#: Sent with `user` inside the transaction that makes the user, not after it: what every user must have is made with the
#: user or not at all. A listener that raises undoes both.
user_created = Signal()

#: Sent with `event`, an AccessEnded, after the commit.
access_ended = Signal()


@dataclass(frozen=True, kw_only=True)
class AccessEnded:
    """A way in is closed: whoever came in by it and is still there must go.

    Without a key and a session every way of the user is meant.
    """

    user_id: str
    #: The API key that was revoked or suspended.
    api_key_id: str | None = None
    #: The key of the session that has ended.
    session_key: str | None = None


def publish(event: AccessEnded) -> None:
    """Tell listeners after the commit; one that fails is logged by Django and changes nothing."""
    transaction.on_commit(lambda: _send(event))


def _send(event: AccessEnded) -> None:
    access_ended.send_robust(sender=type(event), event=event)
