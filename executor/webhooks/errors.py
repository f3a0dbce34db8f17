"""What can go wrong with webhooks."""

from reliability.errors import Conflict, InvalidInput, NotAllowed, SluiceError


class WebhookInvalid(InvalidInput):
    """The webhook is not a good one."""

    # data["fields"]: {field: message}
    code = "webhook_invalid"


class TooManyWebhooks(NotAllowed):
    """The user has as many webhooks as one may have."""

    code = "too_many_webhooks"


class SignatureInvalid(SluiceError):
    """The call is not signed with the webhook's secret, or not now."""

    code = "signature_invalid"
    http_status = 401


class HookRefused(InvalidInput):
    """The provider does not do what is asked of it."""

    # data["provider_status"]: the provider's own
    code = "webhook_refused"


class HookGone(HookRefused):
    """The provider has no such thing."""


class NotRegistered(Conflict):
    """The webhook is not known at its provider."""

    code = "webhook_not_registered"


class PingUnanswered(SluiceError):
    """The provider was asked to call, and no call has arrived."""

    code = "ping_unanswered"
    http_status = 504
    retryable = True
