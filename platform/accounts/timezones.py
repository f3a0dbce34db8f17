"""What “today” means for a user."""

from datetime import date, datetime, time
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from accounts.errors import TimezoneInvalid
from accounts.models import User

UNSET = "UTC"
#: What clients of the AutoGPT Platform send for a user who has not chosen.
NOT_SET = "not-set"


def set_timezone(user: User, name: str) -> str:
    """The zone that counts from now on. Raises TimezoneInvalid."""
    zone = UNSET if name == NOT_SET else name
    if zone not in _known():
        message = f"{name!r} is no time zone, such as Europe/Berlin."
        raise TimezoneInvalid(message, fields={"timezone": message})
    User.objects.filter(pk=user.pk).update(timezone=zone)
    return zone


def local_day(zone: str, moment: datetime) -> date:
    """The day that it is there."""
    return moment.astimezone(ZoneInfo(zone)).date()


def day_begins(zone: str, moment: datetime) -> datetime:
    """When that day has begun there."""
    return datetime.combine(local_day(zone, moment), time(), ZoneInfo(zone))


@cache
def _known() -> frozenset[str]:
    return frozenset(available_timezones())
