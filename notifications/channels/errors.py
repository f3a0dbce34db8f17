"""What goes wrong with a message. No text here holds more of an address than its host."""

from datetime import timedelta

from reliability.errors import Unavailable


class SendFailed(Unavailable):
    """The message was not taken."""

    code = "send_failed"

    def __init__(
        self,
        message: str = "",
        *,
        status_code: int | None = None,
        retry_after: timedelta | None = None,
        is_final: bool = False,
    ) -> None:
        """status_code: of the answer, if there was one.  retry_after: the pause that the receiver has asked for.

        is_final: trying again is of no use.
        """
        super().__init__(message)
        self.status_code = status_code
        self.retry_after = retry_after
        self.is_final = is_final
