"""Having a provider call once, to see that its calls arrive."""

import time
from datetime import datetime

from django.conf import settings

from executor.webhooks.errors import HookGone, NotRegistered, PingUnanswered
from executor.webhooks.models import Registration, Webhook
from executor.webhooks.settling import at_provider, forget

#: How often it is looked whether the call has arrived, which another process may have taken.
LOOK_SECONDS = 0.1


def ping(webhook: Webhook) -> bool:
    """Wait for the call. False for a webhook whose provider cannot be asked for one.

    Raises NotRegistered, PingUnanswered, HookRefused, Unavailable, and what opening its credential raises.
    """
    registration = Registration.objects.filter(webhook=webhook).first()
    if registration is None:
        return False
    if not registration.hook_id:
        why = f": {registration.trouble}" if registration.trouble else "."
        raise NotRegistered(f"{registration.provider} does not know this webhook{why}")
    before = webhook.pinged_at
    _ask(registration)
    if not _has_arrived(webhook, before):
        seconds = settings.WEBHOOK_PING_SECONDS
        message = f"{registration.provider} was asked to call {registration.url}; no call came within {seconds:g} s."
        raise PingUnanswered(message)
    return True


def _ask(registration: Registration) -> None:
    """One that somebody has removed there is registered again by the clock."""
    try:
        at_provider(registration, lambda hooks: hooks.ping(registration.hook_id))
    except HookGone:
        forget(registration)
        raise


def _has_arrived(webhook: Webhook, before: datetime | None) -> bool:
    end = time.monotonic() + settings.WEBHOOK_PING_SECONDS
    while Webhook.objects.filter(id=webhook.id, pinged_at=before).exists():
        if time.monotonic() >= end:
            return False
        time.sleep(LOOK_SECONDS)
    return True
