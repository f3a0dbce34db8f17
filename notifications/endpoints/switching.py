"""Switching endpoints on and off. What is on its way waits meanwhile."""

import logging

from django.db import transaction
from django.db.models.functions import Now

from notifications.models import TROUBLE_CHARACTERS, Delivery, Endpoint

logger = logging.getLogger(__name__)


@transaction.atomic
def switch_on(endpoint: Endpoint) -> bool:
    """What has waited is tried at once. False if it is on."""
    off = Endpoint.objects.filter(id=endpoint.id, is_enabled=False)
    changed = off.update(is_enabled=True, trouble="", failing_since=None, failed_at=None)
    if changed:
        Delivery.objects.waiting().filter(endpoint=endpoint.id, next_at=None).update(next_at=Now(), tries=0)
    return bool(changed)


@transaction.atomic
def switch_off(endpoint: Endpoint, *, trouble: str = "") -> bool:
    """trouble: why, if its owner does not do it.  False if it is off."""
    shown = trouble[:TROUBLE_CHARACTERS]
    changed = Endpoint.objects.filter(id=endpoint.id, is_enabled=True).update(is_enabled=False, trouble=shown)
    if changed:
        Delivery.objects.waiting().filter(endpoint=endpoint.id).update(next_at=None, claimed_until=None)
    if changed and trouble:
        extra = {"action": "endpoint_switched_off", "endpoint": str(endpoint.id)}
        logger.warning("An endpoint was switched off: %s", shown, extra=extra)
    return bool(changed)


@transaction.atomic
def parked(delivery: Delivery) -> bool:
    """Let a delivery wait whose endpoint is off. False if it is on."""
    endpoint = Endpoint.objects.locked(delivery.endpoint_id)
    if endpoint is None or endpoint.is_enabled:
        return False
    Delivery.objects.waiting().filter(id=delivery.id).update(next_at=None, claimed_until=None)
    return True
