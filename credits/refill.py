"""The monthly refill: at the first use in a month a balance is raised to what the settings say."""

from datetime import UTC, date, datetime

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from credits.ledger import grant
from credits.models import Account, Transaction


@transaction.atomic
def refill_if_due(account: Account, *, now: datetime) -> Transaction | None:
    """Raise the balance to MONTHLY_REFILL_CREDITS, once in a calendar month (UTC). None if nothing was given.

    Whoever comes first notes the month on the account, which locks it; the others find it noted. A balance that is
    above stays as it is; one below zero is given no more, so that a debt is not paid by refills. Months in which
    nothing was used are not made up for. `account` is read anew.
    """
    month = now.astimezone(UTC).date().replace(day=1)
    if not settings.MONTHLY_REFILL_CREDITS or account.refilled_for == month or not _note(account, month):
        return None
    account.refresh_from_db()
    missing = settings.MONTHLY_REFILL_CREDITS - max(account.balance, 0)
    if missing <= 0:
        return None
    given = grant(account, amount=missing, key=f"monthly-refill:{month:%Y-%m}", reason=f"Refill for {month:%B %Y}")
    account.refresh_from_db()
    return given


def _note(account: Account, month: date) -> bool:
    """False if this month was noted before."""
    unnoted = Q(refilled_for=None) | Q(refilled_for__lt=month)
    return Account.objects.filter(unnoted, pk=account.pk).update(refilled_for=month) == 1
