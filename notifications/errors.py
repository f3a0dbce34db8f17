"""What can go wrong with notices and their deliveries."""

from reliability.errors import Conflict, InvalidInput, NotAllowed, NotFound


class EndpointInvalid(InvalidInput):
    """The endpoint is not a good one."""

    # data["fields"]: {field: message}
    code = "endpoint_invalid"


class TooManyEndpoints(NotAllowed):
    """The user has as many endpoints as one may have."""

    code = "too_many_endpoints"


class EndpointOff(Conflict):
    """The endpoint is switched off: nothing is sent to it."""

    code = "endpoint_off"


class SecretMissing(Conflict):
    """The endpoint has no secret to sign with: give it a new one."""

    code = "endpoint_secret_missing"


class ContactMissing(Conflict):
    """There is no webhook for this channel."""

    code = "contact_missing"


class ChannelUnknown(NotFound):
    """There is no such channel."""

    code = "channel_unknown"


class TokenWrong(NotAllowed):
    """The token is not the one that EMAIL_WEBHOOK_TOKEN says."""

    code = "token_wrong"
    http_status = 401
