"""What happens to notices. Listeners hear of it after the commit, at most once."""

from dataclasses import dataclass

from django.db import transaction
from django.dispatch import Signal

#: Sent with `event`, a NoticeListed.
notice_events = Signal()


@dataclass(frozen=True, kw_only=True)
class NoticeListed:
    """There is something new in the list of a user."""

    user_id: str
    notice_id: int
    type: str


def publish(event: NoticeListed) -> None:
    """One that fails is logged by Django and changes nothing."""
    transaction.on_commit(lambda: _send(event))


def _send(event: NoticeListed) -> None:
    notice_events.send_robust(sender=type(event), event=event)
