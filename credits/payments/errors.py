"""What can go wrong with payments."""

from reliability.errors import Conflict, InvalidInput, NotFound, SluiceError, Unavailable


class PaymentsUnavailable(Unavailable):
    """Nothing can be paid here: no payment provider is set up."""

    code = "payments_unavailable"
    retryable = False


class ProviderUnavailable(Unavailable):
    """The payment provider does not answer. Nothing is lost: what it has done is found out later."""

    code = "payment_provider_unavailable"


class ProviderRefused(SluiceError):
    """The payment provider refused."""

    code = "payment_provider_refused"
    http_status = 502


class ProviderNotFound(NotFound):
    """The payment provider knows no such thing."""

    code = "payment_provider_not_found"


class CardDeclined(SluiceError):
    """The card was declined."""

    code = "card_declined"
    http_status = 402


class NoCard(Conflict):
    """No card is saved. Top up once on the payment page; the card is saved there."""

    code = "no_card"


class InvalidTopUp(InvalidInput):
    """The amount cannot be bought."""

    code = "invalid_top_up"


class InvalidAutoTopUp(InvalidInput):
    """These amounts make no auto top-up."""

    code = "invalid_auto_top_up"
    http_status = 422


class TooManyCheckouts(SluiceError):
    """Too many payment pages are open. Finish one, or wait until they expire."""

    code = "too_many_checkouts"
    http_status = 429


class PaymentNotFound(NotFound):
    """There is no such payment."""

    code = "payment_not_found"


class NotRefundable(Conflict):
    """This payment cannot be refunded, or not by this much."""

    code = "not_refundable"


class RefundAskedThisWeek(Conflict):
    """A refund was asked for this week already."""

    code = "refund_asked_this_week"


class RefundRefused(Conflict):
    """The payment provider or an operator refused the refund. Nothing has changed."""

    code = "refund_refused"


class AlreadyDecided(Conflict):
    """This refund has been decided."""

    code = "already_decided"


class RefundInTheWay(Conflict):
    """Another refund of the same payment is not done yet."""

    code = "refund_in_the_way"
    retryable = True


class EventInvalid(InvalidInput):
    """This is no event of the payment provider: the signature, the age, the mode or the body is wrong."""

    code = "event_invalid"


class EventNotYet(Unavailable):
    """The payment that this event is about is not paid yet."""

    code = "event_not_yet"


class WebhookUnavailable(Unavailable):
    """No secret for the payment provider's webhook is set up."""

    code = "webhook_unavailable"
    retryable = False
