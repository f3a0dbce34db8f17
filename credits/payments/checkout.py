"""Buying credits on the provider's payment page."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import IntegrityError, transaction

from api.idempotency import note_key
from credits.errors import KeyReused
from credits.models import Account
from credits.payments.customers import ensure_customer
from credits.payments.errors import ProviderRefused, TooManyCheckouts
from credits.payments.fulfilment import close, fulfil
from credits.payments.limits import check_top_up
from credits.payments.models import Payment, PaymentKind, PaymentStatus
from credits.payments.providers import current_provider, provider_named
from credits.payments.providers.protocol import Provider
from reliability.ids import uuid7

#: Payment pages that a user may have open at once.
OPEN_MAX = 10


def start_top_up(
    account: Account,
    *,
    amount: int,
    return_url: str,
    now: datetime,
    key: str | None = None,
    request_digest: str = "",
) -> Payment:
    """Open a payment page for `amount` credits; its address is `checkout_url`.

    return_url: the page that the browser comes back to.  key: repeating it gives the first payment.
    request_digest: of the request that the key came with, if its user may send others with it.
    Steps: write the payment as PENDING; make the customer; open the page; note its address. Whatever is lost on the
    way, nobody has paid yet, and the same key goes on from there.
    Raises InvalidTopUp, KeyReused, InFlight, TooManyCheckouts, PaymentsUnavailable, ProviderUnavailable and
    ProviderRefused.
    """
    provider = current_provider()
    payment = _ordered(account, check_top_up(amount), provider, key or str(uuid7()), request_digest, now)
    if not payment.checkout_id and payment.status == PaymentStatus.PENDING:
        _open(payment, return_url, now)
    return payment


def fulfil_open(account: Account, *, now: datetime) -> int:
    """When the browser is back: bring the user's pending payments up to date. How many were paid."""
    pending = Payment.objects.filter(account=account, status=PaymentStatus.PENDING, kind=PaymentKind.TOP_UP)
    opened = pending.exclude(checkout_id=None).select_related("account")
    return sum(fulfil(payment, now=now).status == PaymentStatus.PAID for payment in opened)


def _ordered(account: Account, amount: int, provider: Provider, key: str, digest: str, now: datetime) -> Payment:
    full_key = f"{account.pk}:{key}"
    try:
        with transaction.atomic():
            payment = _new_payment(account, amount, provider, full_key, now)
            if digest:
                note_key(account.user_id, key, digest=digest)
            return payment
    except IntegrityError:
        known = Payment.objects.select_related("account__user").get(idempotency_key=full_key)
    if (known.amount, known.kind) != (amount, PaymentKind.TOP_UP):
        raise KeyReused("This Idempotency-Key belongs to another payment.")
    return known


def _new_payment(account: Account, amount: int, provider: Provider, full_key: str, now: datetime) -> Payment:
    """Raises IntegrityError for a key that is known, and only then TooManyCheckouts."""
    payment = Payment.objects.create(
        account=account,
        provider=provider.name,
        kind=PaymentKind.TOP_UP,
        amount=amount,
        idempotency_key=full_key,
        created_at=now,
        expires_at=now + timedelta(minutes=settings.CHECKOUT_MINUTES),
    )
    waiting = Payment.objects.filter(account=account, status=PaymentStatus.PENDING, kind=PaymentKind.TOP_UP)
    if waiting.count() > OPEN_MAX:
        raise TooManyCheckouts()
    return payment


def _open(payment: Payment, return_url: str, now: datetime) -> None:
    """Two at once with the same key open the same page."""
    provider = provider_named(payment.provider)
    customer_id = ensure_customer(payment.account, provider)
    try:
        opened = provider.open_checkout(payment, customer_id=customer_id, return_url=return_url)
    except ProviderRefused as refusal:
        close(payment, PaymentStatus.FAILED, failure=refusal.message, now=now)
        raise
    payment.checkout_id, payment.checkout_url = opened.checkout_id, opened.url
    Payment.objects.filter(pk=payment.pk).update(checkout_id=opened.checkout_id, checkout_url=opened.url)
