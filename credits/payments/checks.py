"""What `manage.py check` says about payments."""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register

from credits.payments.providers import SANDBOX, STRIPE, current_name


@register("payments")
def check_provider(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """A provider that cannot work is an error; one that gives credits away is a warning."""
    name = current_name()
    if name not in (STRIPE, SANDBOX):
        return [Error(f"PAYMENT_PROVIDER must be empty, {STRIPE} or {SANDBOX}, not {name!r}.", id="payments.E001")]
    if name == STRIPE and not settings.STRIPE_SECRET_KEY:
        return [Error("PAYMENT_PROVIDER is stripe, and STRIPE_SECRET_KEY is empty.", id="payments.E002")]
    if name == STRIPE and not settings.STRIPE_WEBHOOK_SECRET:
        text = "STRIPE_WEBHOOK_SECRET is empty: refunds and disputes that start at Stripe are not noticed."
        return [Warning(text, id="payments.W001")]
    if name == SANDBOX and settings.SANDBOX_PAYMENTS and not settings.SITE_IS_LOCAL:
        text = "SANDBOX_PAYMENTS is refused where others can reach it: ALLOWED_HOSTS names more than this machine."
        return [Warning(text, id="payments.W002")]
    return []
