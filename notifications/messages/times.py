"""Moments in a user's day. Pure; all of them UTC, decided on the clock of the user's wall."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from accounts.timezones import local_day
from accounts.wishes import QuietHours

#: When what was gathered on one day is told.
MORNING = time(8)


def next_hour(zone: str, now: datetime) -> datetime:
    """The next full hour there; zones differ by parts of an hour."""
    local = now.astimezone(ZoneInfo(zone))
    return (
        now + timedelta(hours=1) - timedelta(minutes=local.minute, seconds=local.second, microseconds=now.microsecond)
    )


def next_morning(zone: str, now: datetime) -> datetime:
    """The next MORNING there, after now."""
    today = local_day(zone, now)
    first = _at(zone, today, MORNING)
    return first if first > now else _at(zone, today + timedelta(days=1), MORNING)


def morning_of(zone: str, day: date) -> datetime:
    return _at(zone, day, MORNING)


def quiet_until(zone: str, quiet: QuietHours | None, now: datetime) -> datetime | None:
    """When the quiet hours end that it is in; None outside of them."""
    if quiet is None or not _is_quiet(quiet, now.astimezone(ZoneInfo(zone)).time()):
        return None
    today = local_day(zone, now)
    end = _at(zone, today, quiet.end)
    return end if end > now else _at(zone, today + timedelta(days=1), quiet.end)


def _is_quiet(quiet: QuietHours, clock: time) -> bool:
    if quiet.begin < quiet.end:
        return quiet.begin <= clock < quiet.end
    return clock >= quiet.begin or clock < quiet.end


def _at(zone: str, day: date, clock: time) -> datetime:
    return datetime.combine(day, clock, ZoneInfo(zone)).astimezone(UTC)
