"""When a cron expression is due, in a time zone. Pure.

`cronsim` follows Debian's cron through both clock changes: what would be due in the missing hour is due right after it,
what is due in the doubled hour is due once, and what repeats within the hour goes on evenly.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cronsim import CronSim, CronSimError

from executor.schedules.errors import ScheduleInvalid

FIELDS = 5
ALIASES = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
}
_DAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")


@dataclass(frozen=True, slots=True)
class Cron:
    """A checked expression in a time zone."""

    expression: str
    zone: ZoneInfo

    def after(self, moment: datetime) -> Iterator[datetime]:
        """The times after `moment`, in UTC, in order."""
        for due in CronSim(self.expression, moment.astimezone(self.zone)):
            found = due.astimezone(UTC)
            if found > moment:  # in a doubled hour the iteration begins with its first pass
                yield found

    def next_after(self, moment: datetime) -> datetime | None:
        """None if it is never due again."""
        return next(self.after(moment), None)


def read_cron(expression: str, timezone: str) -> Cron:
    """Check an expression of five fields, or `@daily` and its like. Raises ScheduleInvalid, naming the field."""
    cron = Cron(_spelled_out(expression), _zone(timezone))
    try:
        found = list(islice(cron.after(datetime.now(UTC)), 1))
    except CronSimError as error:
        raise _invalid("cron", f"{error}: {expression!r} is no cron expression.") from error
    if not found:
        raise _invalid("cron", f"{expression!r} is never due.")
    return cron


def _zone(timezone: str) -> ZoneInfo:
    try:
        return ZoneInfo(timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise _invalid("timezone", f"{timezone!r} is no time zone, such as Europe/Berlin.") from error


def _spelled_out(expression: str) -> str:
    fields = ALIASES.get(expression.strip().lower(), expression).split()
    if len(fields) != FIELDS:
        raise _invalid("cron", f"A cron expression has {FIELDS} fields, {expression!r} has {len(fields)}.")
    return " ".join([*fields[:4], ",".join(_days(term) for term in fields[4].upper().split(","))])


def _days(term: str) -> str:
    """A range of week days that goes over the end of the week, as a list: FRI-MON, 5-2/2."""
    days, _, step = term.partition("/")
    first, dash, last = days.partition("-")
    if not dash:
        return term
    begin, end = _day(first), _day(last)
    if begin is None or end is None or begin <= end or not (step or "1").isdecimal() or step == "0":
        return term  # cronsim knows it, or refuses it
    wrapped = range(begin % 7, end + 1) if begin == 7 else range(begin, end + 8)
    return ",".join(str(day % 7) for day in wrapped[:: int(step or 1)])


def _day(name: str) -> int | None:
    if name in _DAYS:
        return _DAYS.index(name)
    return int(name) if name.isdecimal() and int(name) <= 7 else None


def _invalid(field: str, message: str) -> ScheduleInvalid:
    return ScheduleInvalid(f"{field}: {message}", fields={field: message})
