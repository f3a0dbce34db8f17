"""The root of every error that Sluice raises on purpose.

A class and its docstring are the whole error: the docstring is the default message, the attributes are the data.
Ancestors answer what the caller should do (the HTTP status, and whether trying again can help).
"""

from typing import Any, ClassVar


class SluiceError(Exception):
    """Something went wrong."""

    code: ClassVar[str] = "error"
    http_status: ClassVar[int] = 500
    retryable: ClassVar[bool] = False

    def __init__(self, message: str = "", **data: Any) -> None:
        self.message = message or " ".join((type(self).__doc__ or "").split())
        self.data = data
        super().__init__(self.message)

    def __str__(self) -> str:
        return self.message


class InvalidInput(SluiceError):
    """The input is not valid."""

    code = "invalid_input"
    http_status = 400


class NotAllowed(SluiceError):
    """You may not do this."""

    code = "not_allowed"
    http_status = 403


class NotFound(SluiceError):
    """There is no such thing."""

    code = "not_found"
    http_status = 404


class Conflict(SluiceError):
    """The current state does not allow this."""

    code = "conflict"
    http_status = 409


class Unavailable(SluiceError):
    """A service that is needed does not answer."""

    code = "unavailable"
    http_status = 503
    retryable = True
