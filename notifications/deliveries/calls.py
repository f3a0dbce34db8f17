"""What is sent to an endpoint, signed as the Standard Webhooks specification says."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from django.db.models.functions import Now
from standardwebhooks import Webhook as Signature

from notifications.deliveries.claiming import Claimed
from notifications.endpoints.secrets import signing_secrets
from notifications.endpoints.switching import parked
from notifications.messages.letters import Letter, letter_for
from notifications.models import Channel, Delivery, DeliveryQuerySet, DeliveryStatus
from notifications.payloads import payload_of
from reliability.secrets import Secret

#: When it is looked again whether an owner is still suspended.
SUSPENDED = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Call:
    """A request that is ready to be signed and sent. Nothing of it is shown by accident."""

    url: str = field(repr=False)
    message_id: str
    body: bytes = field(repr=False)
    secrets: tuple[Secret, ...]

    def headers(self, *, now: datetime) -> dict[str, str]:
        """With one signature for each secret. now: it is signed, too, and receivers refuse what is old."""
        text = self.body.decode()
        signatures = [Signature(secret.reveal()).sign(self.message_id, now, text) for secret in self.secrets]
        return {
            "content-type": "application/json",
            "webhook-id": self.message_id,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": " ".join(signatures),
        }


def outgoing_for(claimed: Claimed, *, now: datetime) -> Call | Letter | None:
    """None if nothing is to be sent now, which is then written down.

    Raises SecretMissing and SecretUnreadable.
    """
    mine = Delivery.objects.waiting().filter(id=claimed.delivery_id, fence=claimed.fence)
    delivery = mine.select_related("notice__user", "endpoint__user").first()
    if delivery is None:
        return None
    if delivery.channel != Channel.WEBHOOK:
        return letter_for(delivery, now=now)
    return call_for(delivery, mine)


def call_for(delivery: Delivery, mine: DeliveryQuerySet) -> Call | None:
    """None if its endpoint is off, its owner suspended, or what it tells of was deleted. mine: it, while it is ours."""
    if delivery.endpoint is None:
        return None
    if parked(delivery):
        return None
    if not delivery.endpoint.user.is_active:
        mine.update(next_at=Now() + SUSPENDED, claimed_until=None)
        return None
    body = payload_of(delivery.notice)
    if body is None:
        mine.update(status=DeliveryStatus.GIVEN_UP, next_at=None, claimed_until=None)
        return None
    secrets = signing_secrets(delivery.endpoint, now=datetime.now(UTC))
    return Call(delivery.endpoint.url, delivery.message_id, body, tuple(secrets))
