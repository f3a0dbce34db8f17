"""Who is told of a notice, where, and when. Pure."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from accounts.wishes import NotificationChannel, NotificationType, QuietHours
from notifications.messages.strategies import STRATEGIES, Strategy
from notifications.messages.times import next_hour, next_morning, quiet_until


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What a user wants, as far as it decides about one type. channels: those that may be told of it."""

    is_wanted: bool
    channels: Collection[NotificationChannel]
    zone: str
    quiet: QuietHours | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """gathers_until: it waits so long for others of its type, to go out with them.  due_at: of what goes out alone."""

    is_listed: bool
    channels: tuple[NotificationChannel, ...] = ()
    gathers_until: datetime | None = None
    due_at: datetime | None = None


NOTHING = Plan(is_listed=False)


def plan(type: NotificationType, wishes: Wishes, *, now: datetime) -> Plan:
    """now: when it is decided, which may be long after it happened."""
    strategy = STRATEGIES[type]
    if not wishes.is_wanted:
        return NOTHING
    if strategy is Strategy.ADMIN or not wishes.channels:
        return Plan(is_listed=True)
    if strategy is Strategy.DAILY:
        return Plan(is_listed=True, gathers_until=next_morning(wishes.zone, now))
    if strategy is Strategy.HOURLY:
        return Plan(is_listed=True, gathers_until=next_hour(wishes.zone, now))
    channels = tuple(sorted(wishes.channels))
    return Plan(is_listed=True, channels=channels, due_at=quiet_until(wishes.zone, wishes.quiet, now) or now)
