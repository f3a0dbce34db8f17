"""Which of our payments an object of the provider is about."""

from datetime import datetime
from uuid import UUID

from credits.payments.errors import EventNotYet, ProviderNotFound
from credits.payments.fulfilment import fulfil
from credits.payments.models import CREDITED, Payment
from credits.payments.providers.protocol import Notifying


def payment_by_id(text: str, provider: Notifying) -> Payment | None:
    try:
        payment_id = UUID(text)
    except ValueError:
        return None
    return Payment.objects.filter(pk=payment_id, provider=provider.name).select_related("account").first()


def credited_payment(intent_id: str, provider: Notifying, *, now: datetime) -> Payment | None:
    """The payment that this money is, credited first if it was not yet: a refund may be told of before its payment.

    None if it is none of ours. Raises EventNotYet if it is ours and not paid, ProviderUnavailable.
    """
    payment = Payment.objects.filter(intent_id=intent_id, provider=provider.name).select_related("account").first()
    if payment is None:
        payment = payment_by_id(_left_with(intent_id, provider), provider)
    if payment is None:
        return None
    if payment.status not in CREDITED:
        fulfil(payment, now=now)
    if payment.status not in CREDITED:
        raise EventNotYet()
    return payment


def _left_with(intent_id: str, provider: Notifying) -> str:
    try:
        return provider.payment_id_of(intent_id) if intent_id else ""
    except ProviderNotFound:
        return ""
