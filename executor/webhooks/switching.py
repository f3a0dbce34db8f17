"""Switching webhooks on and off."""

from executor.webhooks.models import Webhook


def switch(webhook: Webhook, *, is_active: bool) -> bool:
    """One that is off accepts no calls. False if it is so already."""
    changed = Webhook.objects.filter(id=webhook.id, is_active=not is_active).update(is_active=is_active)
    webhook.is_active = is_active
    return bool(changed)
