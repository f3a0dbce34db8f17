"""How a user's automatic top-ups have gone, and when the next may be tried."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import F

from credits.payments.models import AutoTopUp

#: How long to wait after the first, second, third failure in a row; the last of them also after every further one.
BACK_OFF = (timedelta(minutes=15), timedelta(hours=2), timedelta(hours=24))


def back_off(failures: int) -> timedelta:
    """failures: in a row, at least 1."""
    return BACK_OFF[min(failures, len(BACK_OFF)) - 1]


def note_success(account_id: UUID) -> None:
    AutoTopUp.objects.filter(account_id=account_id).update(failures=0, next_try_at=None)


def note_failure(account_id: UUID, *, now: datetime) -> None:
    """In the transaction that closes the payment, so that each failure counts once."""
    wish = AutoTopUp.objects.filter(account_id=account_id)
    wish.update(failures=F("failures") + 1)
    for failures in wish.values_list("failures", flat=True):
        wish.update(next_try_at=now + back_off(failures))
