"""Sending something to an endpoint, to see whether it arrives."""

from datetime import UTC, datetime

from django.db import transaction

from notifications.errors import EndpointOff
from notifications.kinds import Kind
from notifications.models import Delivery, Endpoint, Notice
from notifications.spreading import delivery_to
from reliability.ids import uuid7


@transaction.atomic
def send_test(endpoint: Endpoint) -> Delivery:
    """On its way like all others. Raises EndpointOff."""
    if not Endpoint.objects.filter(id=endpoint.id, is_enabled=True).exists():
        raise EndpointOff
    now = datetime.now(UTC)
    notice = Notice.objects.create(
        user_id=endpoint.user_id, kind=Kind.TEST, key=f"test:{uuid7()}", happened_at=now, spread_at=now
    )
    delivery = delivery_to(endpoint, notice)
    delivery.save()
    return delivery
