"""Who takes the money: Stripe when it has a key, else the built-in sandbox where that is allowed."""

from functools import lru_cache

from django.conf import settings

from credits.payments.errors import PaymentsUnavailable, WebhookUnavailable
from credits.payments.providers.protocol import Notifying, Provider
from credits.payments.providers.sandbox import SandboxProvider

STRIPE, SANDBOX = "stripe", "sandbox"


def current_provider() -> Provider:
    """For new payments. Raises PaymentsUnavailable."""
    return provider_named(current_name())


def current_name() -> str:
    return settings.PAYMENT_PROVIDER or (STRIPE if settings.STRIPE_SECRET_KEY else SANDBOX)


def provider_named(name: str) -> Provider:
    """The provider that a payment was made with. Raises PaymentsUnavailable."""
    if name == SANDBOX:
        if not (settings.SANDBOX_PAYMENTS and settings.SITE_IS_LOCAL):
            raise PaymentsUnavailable()
        return SandboxProvider()
    return stripe_provider()


def stripe_provider() -> Notifying:
    """Raises PaymentsUnavailable without a key."""
    if not settings.STRIPE_SECRET_KEY:
        raise PaymentsUnavailable()
    return _stripe(settings.STRIPE_SECRET_KEY, settings.STRIPE_WEBHOOK_SECRET, settings.STRIPE_BASE_URL)


def notifying_provider() -> Notifying:
    """Whose events are listened to. Raises WebhookUnavailable."""
    if not (settings.STRIPE_SECRET_KEY and settings.STRIPE_WEBHOOK_SECRET):
        raise WebhookUnavailable()
    return stripe_provider()


@lru_cache(maxsize=4)
def _stripe(secret_key: str, webhook_secret: str, base_url: str) -> Notifying:
    from credits.payments.providers.stripe import StripeProvider  # the package is large, and most do without

    return StripeProvider(secret_key=secret_key, webhook_secret=webhook_secret, base_url=base_url)
