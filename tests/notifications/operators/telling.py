"""Alerts, and what a sink was sent of them."""

from datetime import datetime

from django.utils import timezone

from notifications.channels.targets import Target, parse_targets
from notifications.operators.alerting import alert
from notifications.operators.models import AlertChannel, OperatorAlert
from tests.notifications.sink import Sink

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


def targets(*entries: str) -> tuple[Target, ...]:
    return parse_targets("TARGETS", entries, secret=SECRET)


def tell(signature: str = "a", *, channel: AlertChannel = AlertChannel.PLATFORM, now: datetime | None = None) -> None:
    alert(channel, signature=signature, title=f"Title {signature}", text="What has happened.", now=now)


def texts(sink: Sink) -> list[str]:
    """What a sink that stands for Discord was sent."""
    return [received.json["content"] for received in sink.received]


def states() -> list[str]:
    """Of all alerts, the oldest first."""
    return list(OperatorAlert.objects.order_by("created_at", "id").values_list("state", flat=True))


def come_due() -> None:
    """As if the next try of all that wait had come."""
    OperatorAlert.objects.waiting().update(next_at=timezone.now(), claimed_until=None)
