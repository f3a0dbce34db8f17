"""Whether a message may go out now. Pure: it is asked at each try, for much may have changed since it was planned."""

from dataclasses import dataclass
from datetime import datetime, timedelta

#: When it is looked again whether its user is still suspended.
SUSPENDED = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """address_trouble: why the user's address takes no mail.  quiet_until: the end of the quiet hours that it is in."""

    is_active: bool
    is_wanted: bool
    address_trouble: str = ""
    quiet_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Later:
    at: datetime


@dataclass(frozen=True, slots=True)
class Never:
    why: str


def judge(given: Circumstances, *, now: datetime) -> Later | Never | None:
    """None: it may."""
    if not given.is_active:
        return Later(now + SUSPENDED)
    if not given.is_wanted:
        return Never("Its user does not want it.")
    if given.address_trouble:
        return Never(given.address_trouble)
    return Later(given.quiet_until) if given.quiet_until else None
