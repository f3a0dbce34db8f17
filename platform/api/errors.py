"""What can go wrong with any request."""

from reliability.errors import Conflict, InvalidInput, SluiceError


class KeyInvalid(InvalidInput):
    """The idempotency key cannot be used."""

    # data["fields"]: {header: message}
    code = "invalid_input"


class KeyReused(Conflict):
    """This idempotency key belongs to another request."""

    # data: key
    code = "key_reused"
    http_status = 422


class InFlight(Conflict):
    """The same request is being worked on: ask again in a moment."""

    # data: key, retry_after
    code = "in_flight"
    retryable = True


class AnswerLost(Conflict):
    """The request with this idempotency key was carried out, but its answer cannot be read any more."""

    # data: key
    code = "answer_lost"


class CursorInvalid(InvalidInput):
    """The cursor is not one that this list has given out."""

    code = "invalid_input"

    def __init__(self) -> None:
        super().__init__(fields={"cursor": str(self.__doc__)})


class TooManyRequests(SluiceError):
    """Too many requests within a minute."""

    # data: limit (the name of the setting), maximum, retry_after (seconds)
    code = "too_many_requests"
    http_status = 429
    retryable = True


class BodyTooLarge(SluiceError):
    """The body is larger than this address takes."""

    # data: maximum (bytes)
    code = "too_large"
    http_status = 413


class CharsetUnknown(SluiceError):
    """The header Content-Type names a charset that is not taken: send UTF-8."""

    code = "unsupported_media_type"
    http_status = 415


class LengthRequired(SluiceError):
    """The body must come with a Content-Length."""

    code = "length_required"
    http_status = 411


class AddressTooLong(SluiceError):
    """The address of the request is too long."""

    # data: maximum (characters)
    code = "address_too_long"
    http_status = 414


class HeadersTooLarge(SluiceError):
    """The headers of the request are too large."""

    # data: maximum (characters)
    code = "headers_too_large"
    http_status = 431
