"""What goes wrong on the way outward. No message holds more of an address than its host: the rest may be a secret."""

from reliability.errors import InvalidInput, Unavailable


class OutwardRefused(InvalidInput):
    """This may not be asked."""

    # Asking again will not help: an address, a port, a host, a redirect that is not allowed; an answer beyond a limit.
    code = "outward_refused"


class OutwardFailed(Unavailable):
    """The server does not answer."""

    # It may go better another time.
    code = "outward_failed"
