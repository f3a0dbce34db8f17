"""Switching webhooks on and off."""

import logging

from executor.webhooks.models import TROUBLE_CHARACTERS, Webhook

logger = logging.getLogger(__name__)


def switch(webhook: Webhook, *, is_active: bool) -> bool:
    """One that is off accepts no calls. False if it is so already."""
    changed = Webhook.objects.filter(id=webhook.id, is_active=not is_active).update(is_active=is_active, trouble="")
    webhook.is_active = is_active
    webhook.trouble = ""
    return bool(changed)


def switch_off(webhook: Webhook, *, trouble: str) -> None:
    """Because it can start nothing. trouble: why, for its owner."""
    shown = trouble[:TROUBLE_CHARACTERS]
    if Webhook.objects.filter(id=webhook.id, is_active=True).update(is_active=False, trouble=shown):
        extra = {"action": "webhook_switched_off", "webhook": str(webhook.id)}
        logger.warning("A webhook was switched off: %s", shown[:200], extra=extra)
