"""An alert as a message. Pure."""

from datetime import UTC

from notifications.channels.messages import Message
from notifications.operators.models import OperatorAlert


def message_of(alert: OperatorAlert) -> Message:
    """What, since when, how many, and the page that shows it."""
    since = alert.since.astimezone(UTC)
    times = "once" if alert.count == 1 else f"{alert.count} in all"
    return Message(
        id=alert.message_id,
        title=alert.title,
        text=f"{alert.text}\nSince {since:%Y-%m-%d %H:%M} UTC, {times}.",
        link=alert.link,
        type="operator.alert",
        happened_at=alert.created_at,
        data={"channel": alert.channel, "signature": alert.signature, "since": since, "count": alert.count},
    )
