"""How much one socket may ask for and hold up."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Of one socket. How many sockets a user may have is a setting."""

    #: Who has not said who they are by then is sent away.
    sign_in_seconds: float = 10
    subscriptions: int = 50
    #: Frames from the client: so many at once, and so many a second for long.
    frames_at_once: int = 100
    frames_per_second: float = 20
    #: What waits to be sent. Events are read only while less than the first of these waits.
    room_bytes: int = 64 * 1024
    waiting_bytes: int = 1024 * 1024
    waiting_frames: int = 1000
    #: What the client must take: each frame within the time, with a second more for so many bytes of it.
    stall_seconds: float = 15
    bytes_per_second: int = 16 * 1024
