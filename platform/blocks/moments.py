"""Writing a moment as text, in a time zone that the user chose."""

from datetime import datetime
from typing import Literal
from zoneinfo import ZoneInfo

from blocks.base import Pin, Pins
from blocks.errors import BlockError

#: Characters of a strftime format.
MAX_FORMAT = 200


class Zoned(Pins):
    """Where the clock hangs."""

    timezone: str = Pin(default="UTC", description="The time zone, for example Europe/Berlin.")
    use_user_timezone: bool = Pin(default=False, description="Whether to take the time zone of the user's profile.")


class Strftime(Zoned):
    """A format of one's own."""

    discriminator: Literal["strftime"] = "strftime"
    format: str = Pin(description="The format, for example %H:%M.", max_length=MAX_FORMAT)


class TimeStrftime(Strftime):
    format: str = Pin(default="%H:%M:%S", description="The format of the time.", max_length=MAX_FORMAT)


class DateStrftime(Strftime):
    format: str = Pin(default="%Y-%m-%d", description="The format of the date.", max_length=MAX_FORMAT)


class DateTimeStrftime(Strftime):
    format: str = Pin(default="%Y-%m-%d %H:%M:%S", description="The format of the moment.", max_length=MAX_FORMAT)


class Iso8601(Zoned):
    """The format of ISO 8601 and RFC 3339."""

    discriminator: Literal["iso8601"]
    include_microseconds: bool = Pin(default=False, description="Whether to write the fractions of the second.")

    @property
    def timespec(self) -> str:
        return "microseconds" if self.include_microseconds else "seconds"


def in_zone(now: datetime, chosen: Zoned, user_timezone: str) -> datetime:
    """The moment on the chosen clock. Raises BlockError for a time zone that is not known."""
    name = user_timezone if chosen.use_user_timezone else chosen.timezone
    try:
        return now.astimezone(ZoneInfo(name))
    except (KeyError, ValueError, OSError) as error:  # a missing, a malformed, a directory's name
        raise BlockError(f"The time zone {name[:100]} is not known.") from error


def write_time(now: datetime, format_type: Strftime | Iso8601) -> str:
    """In ISO 8601: `T17:30:00+02:00`."""
    if isinstance(format_type, Iso8601):
        return "T" + now.timetz().replace(tzinfo=None).isoformat(format_type.timespec) + _offset(now)
    return _formatted(now, format_type)


def write_date(now: datetime, format_type: Strftime | Iso8601) -> str:
    return now.date().isoformat() if isinstance(format_type, Iso8601) else _formatted(now, format_type)


def write_date_time(now: datetime, format_type: Strftime | Iso8601) -> str:
    if isinstance(format_type, Iso8601):
        return now.isoformat(timespec=format_type.timespec)
    return _formatted(now, format_type)


def _offset(now: datetime) -> str:
    return now.isoformat()[-6:]


def _formatted(now: datetime, format_type: Strftime) -> str:
    """Raises BlockError for a NUL, at which strftime would silently end."""
    if "\0" in format_type.format:
        raise BlockError("The input format_type has a format with a NUL character.")
    return now.strftime(format_type.format)
