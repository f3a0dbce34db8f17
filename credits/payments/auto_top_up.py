"""Charging a saved card when the balance is low. Never inside the transaction that has made it low."""

import logging
from datetime import datetime, timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F, Q, Sum

from credits.models import Account
from credits.payments.auto_top_up_record import BACK_OFF
from credits.payments.customers import customer_id_of, ensure_customer
from credits.payments.errors import CardDeclined, NoCard, ProviderNotFound, ProviderRefused, TooManyCheckouts
from credits.payments.fulfilment import apply_report, close
from credits.payments.limits import check_auto_top_up
from credits.payments.models import AutoTopUp, Payment, PaymentKind, PaymentStatus
from credits.payments.providers import current_provider, provider_named
from credits.payments.providers.protocol import Provider
from reliability.ids import uuid7

logger = logging.getLogger(__name__)

#: Cards that are checked within a day.
CARD_CHECKS_MAX = 10
#: Tries that may fail within a day.
FAILURES_MAX = 3
DAY = timedelta(hours=24)
#: How long an unknown outcome may stay unknown.
PATIENCE = timedelta(hours=1)


class _NotLow(Exception):
    """The balance is not below the threshold, or the account is frozen."""


class _LimitReached(Exception):
    """Enough was bought, or enough tries have failed, within 24 hours."""


def wish_of(account: Account) -> AutoTopUp:
    """The stored wish, or one that asks for nothing."""
    return AutoTopUp.objects.filter(account=account).first() or AutoTopUp(account=account)


def set_auto_top_up(account: Account, *, threshold: int, amount: int, now: datetime) -> AutoTopUp:
    """Store the wish once a saved card has proved good: it is charged now if the balance is low, else checked.

    Amount 0 switches it off, without a card. While another top-up is in flight, or tries are used up, the wish is only
    stored. Raises InvalidAutoTopUp, NoCard, CardDeclined, TooManyCheckouts and what a provider raises.
    """
    check_auto_top_up(threshold=threshold, amount=amount, daily_max=settings.AUTO_TOP_UP_DAILY_MAX_CREDITS)
    if amount:
        provider = current_provider()
        low = Account.objects.filter(pk=account.pk, balance__lt=threshold).exists()
        payment = _begin(account, provider, threshold, amount, now) if low else _new_check(account, provider, now)
        if payment is not None:
            _demand(_charge(payment, now=now))
    fields = {"threshold": threshold, "amount": amount, "failures": 0, "next_try_at": None}
    wish, _ = AutoTopUp.objects.update_or_create(account=account, defaults=fields)
    return wish


def auto_top_up(account: Account, *, now: datetime) -> Payment | None:
    """Top the account up if its user wishes so and it is due; None if not. May be called many times at once."""
    wish = AutoTopUp.objects.filter(_due(now), account=account).first()
    if wish is None:
        return None
    payment = _begin(account, current_provider(), wish.threshold, wish.amount, now)
    return None if payment is None else _charge(payment, now=now)


def low_accounts(*, now: datetime) -> list[Account]:
    """Whose balance is below the wished threshold, and whose time has come."""
    due = AutoTopUp.objects.filter(_due(now), account__balance__lt=F("threshold"), account__frozen_at=None)
    flying = Payment.objects.filter(kind=PaymentKind.AUTO_TOP_UP, status=PaymentStatus.PENDING)
    waiting = due.exclude(account__in=flying.values("account"))
    return [wish.account for wish in waiting.select_related("account__user").order_by("next_try_at")[:100]]


def _due(now: datetime) -> Q:
    return Q(amount__gt=0) & (Q(next_try_at=None) | Q(next_try_at__lte=now))


def _begin(account: Account, provider: Provider, threshold: int, amount: int, now: datetime) -> Payment | None:
    """Write the one payment in flight; None if there must be none now.

    The row is written first: of all that race, the unique index lets one through. Only then the balance is looked at,
    by an UPDATE, so that what a top-up that has just ended has added is seen.
    """
    try:
        with transaction.atomic():
            payment = _new(account, provider, PaymentKind.AUTO_TOP_UP, amount, now)
            low = Account.objects.filter(pk=account.pk, balance__lt=threshold, frozen_at=None)
            if not low.update(last_seq=F("last_seq")):
                raise _NotLow
            if not _within_limits(account, now):
                raise _LimitReached
    except (IntegrityError, _NotLow):
        return None
    except _LimitReached:
        AutoTopUp.objects.filter(_due(now), account=account).update(next_try_at=now + BACK_OFF[0])
        return None
    return payment


def _within_limits(account: Account, now: datetime) -> bool:
    """Of the last 24 hours, the payment just written included."""
    lately = Payment.objects.filter(account=account, kind=PaymentKind.AUTO_TOP_UP, created_at__gt=now - DAY)
    failed = lately.filter(status__in=(PaymentStatus.FAILED, PaymentStatus.EXPIRED))
    charged = lately.exclude(pk__in=failed.values("pk")).aggregate(total=Sum("amount"))["total"]
    return failed.count() < FAILURES_MAX and charged <= settings.AUTO_TOP_UP_DAILY_MAX_CREDITS


def _new_check(account: Account, provider: Provider, now: datetime) -> Payment:
    """Raises TooManyCheckouts: who tries many cards may have stolen them."""
    lately = Payment.objects.filter(account=account, kind=PaymentKind.CARD_CHECK, created_at__gt=now - DAY)
    if lately.count() >= CARD_CHECKS_MAX:
        raise TooManyCheckouts(f"Cards were checked {CARD_CHECKS_MAX} times within a day. Try again tomorrow.")
    return _new(account, provider, PaymentKind.CARD_CHECK, 0, now)


def _new(account: Account, provider: Provider, kind: PaymentKind, amount: int, now: datetime) -> Payment:
    return Payment.objects.create(
        account=account,
        provider=provider.name,
        kind=kind,
        amount=amount,
        idempotency_key=f"{account.pk}:{kind.value}:{uuid7()}",
        created_at=now,
        expires_at=now + PATIENCE,
    )


def _charge(payment: Payment, *, now: datetime) -> Payment:
    """Charge the card. If the answer is lost, the payment stays pending, and reconciliation finds out what happened.

    Raises ProviderUnavailable; NoCard and refusals end the payment as FAILED.
    """
    provider = provider_named(payment.provider)
    customer_id = customer_id_of(payment.account, provider) or ensure_customer(payment.account, provider)
    try:
        report = provider.charge_saved_card(payment, customer_id=customer_id)
    except (NoCard, ProviderRefused, ProviderNotFound) as refusal:
        close(payment, PaymentStatus.FAILED, failure=refusal.message, now=now)
        if isinstance(refusal, NoCard):
            raise
        payment.refresh_from_db()
        return payment
    return apply_report(payment, report, now=now)


def _demand(payment: Payment) -> None:
    if payment.status == PaymentStatus.FAILED:
        raise CardDeclined(payment.failure)
