"""When a delivery is tried again. Pure."""

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

#: After the first failure, the second, …; after the last one it is given up.
PAUSES = tuple(timedelta(seconds=seconds) for seconds in (5, 60, 300, 1800, 7200, 18_000, 36_000))
#: A receiver cannot ask for more.
LONGEST = timedelta(days=1)
#: Part of a pause that is left to chance, so that what failed together is not tried together.
JITTER = 0.1


def pause_after(tries: int, *, wanted: timedelta | None, chance: float) -> timedelta | None:
    """After so many failed tries in a row; None if that was the last.

    wanted: what the receiver has asked for.  chance: 0 to 1.
    """
    if tries > len(PAUSES):
        return None
    pause = PAUSES[tries - 1] * (1 + JITTER * chance)
    return max(pause, min(wanted or timedelta(), LONGEST))


def wanted_pause(retry_after: str, *, now: datetime) -> timedelta | None:
    """What a header Retry-After says: seconds or a date (RFC 9110 §10.2.3). None for what is neither."""
    text = retry_after.strip()
    if text.isascii() and text.isdecimal():
        return timedelta(seconds=min(int(text[:9]), LONGEST.total_seconds()))
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, IndexError, OverflowError):
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(moment - now, timedelta())
