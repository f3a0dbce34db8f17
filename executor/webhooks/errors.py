"""What can go wrong with webhooks."""

from reliability.errors import InvalidInput, NotAllowed, SluiceError


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
