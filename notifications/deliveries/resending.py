"""Sending again what was sent, or given up."""

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now

from notifications.errors import EndpointOff
from notifications.models import Delivery, DeliveryStatus, Endpoint


@transaction.atomic
def resend(delivery: Delivery) -> Delivery:
    """Let it be tried now, under the same id, with all its tries before it. One that is being tried stays as it is.

    Raises EndpointOff.
    """
    endpoint = Endpoint.objects.locked(delivery.endpoint_id)
    if delivery.endpoint_id is not None and (endpoint is None or not endpoint.is_enabled):
        raise EndpointOff
    idle = Delivery.objects.filter(id=delivery.id).exclude(status=DeliveryStatus.WAITING, claimed_until__gte=Now())
    idle.update(
        status=DeliveryStatus.WAITING,
        tries=0,
        next_at=Now(),
        claimed_until=None,
        fence=F("fence") + 1,
    )
    return Delivery.objects.select_related("notice").get(id=delivery.id)
