"""What the clock does about payments. Each may run anywhere, any number of times, at once."""

import logging

from django.utils import timezone

from credits.payments.auto_top_up import auto_top_up, low_accounts
from credits.payments.reconciliation import expire_pending, reconcile_disputes, reconcile_payments, reconcile_refunds
from credits.payments.webhook import due_events, handle
from reliability.errors import SluiceError

logger = logging.getLogger(__name__)


def auto_top_ups() -> int:
    """Charge the saved cards of accounts that are below their threshold. How many were tried."""
    tried = 0
    for account in low_accounts(now=timezone.now()):
        try:
            tried += auto_top_up(account, now=timezone.now()) is not None
        except SluiceError as error:
            logger.warning("An auto top-up failed: %s", error, extra={"action": "auto_top_up_failed"})
    return tried


def expire_payments() -> int:
    """End pending payments whose time is over. How many ended."""
    return expire_pending(now=timezone.now())


def reconcile() -> int:
    """Ask the provider about everything that is neither here nor there. How much was found."""
    now = timezone.now()
    return reconcile_payments(now=now) + reconcile_refunds(now=now) + reconcile_disputes(now=now)


def retry_events() -> int:
    """Act again on messages of the provider whose handling failed. How many were handled."""
    return sum(handle(row, now=timezone.now()) for row in due_events(now=timezone.now()))
