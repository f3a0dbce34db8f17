"""Why the server closes a socket. 4001 to 4003 are those of the AutoGPT Platform, those from 4008 on are ours."""

from dataclasses import dataclass

#: After the code, a close frame has room for so much.
REASON_MAX_BYTES = 123


@dataclass(frozen=True, slots=True)
class Closing:
    """What the client is told. reason: at most REASON_MAX_BYTES."""

    code: int
    reason: str


NOBODY = Closing(4001, "Sign in, or send an API key or a ticket.")
BARRED = Closing(4002, "Whoever asked for this ticket may not sign in any more.")
KEY_INVALID = Closing(4003, "The API key or ticket is unknown, used, expired, suspended or revoked.")
SCOPE_MISSING = Closing(4003, "The API key lacks the scope READ_RUN.")
KEY_IN_ADDRESS = Closing(4003, "Keys in the address are switched off: send a ticket, or the key in the first frame.")
ORIGIN_REFUSED = Closing(4003, "This origin may not open a socket with a session.")
ACCESS_ENDED = Closing(4003, "What this socket was opened with is no longer good.")
TOO_SLOW = Closing(4008, "Too slow: connect again and go on after the last seq that you have.")
TOO_MANY_SOCKETS = Closing(4009, "Too many sockets of this user are open. Close one, or try again in 15 seconds.")
TOO_MANY_FRAMES = Closing(4010, "Too many frames. Connect again, and ask for less at once.")
TOO_MANY_GUESSES = Closing(4011, "Too many wrong keys or tickets came from your address. Try again in a minute.")
FRAME_TOO_LARGE = Closing(1009, "A frame may have 65536 bytes at most.")
FAULT = Closing(1011, "Something failed on the server: connect again and go on after the last seq that you have.")
