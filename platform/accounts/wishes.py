"""Which notifications a user wants. What nobody has refused is wanted."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import time
from enum import Enum, StrEnum

from django.db import transaction

from accounts.models import NotificationWishes, User

#: Notifications by e-mail on one day.
DAILY_MAX = 1000


class UnchangedType(Enum):
    """Says that something is to stay as it is, where None means something else."""

    UNCHANGED = "UNCHANGED"


UNCHANGED = UnchangedType.UNCHANGED


class NotificationType(StrEnum):
    """The names are those of the AutoGPT Platform, and ours behind them."""

    AGENT_RUN = "AGENT_RUN"
    ZERO_BALANCE = "ZERO_BALANCE"
    LOW_BALANCE = "LOW_BALANCE"
    BLOCK_EXECUTION_FAILED = "BLOCK_EXECUTION_FAILED"
    CONTINUOUS_AGENT_ERROR = "CONTINUOUS_AGENT_ERROR"
    DAILY_SUMMARY = "DAILY_SUMMARY"
    WEEKLY_SUMMARY = "WEEKLY_SUMMARY"
    MONTHLY_SUMMARY = "MONTHLY_SUMMARY"
    REFUND_REQUEST = "REFUND_REQUEST"
    REFUND_PROCESSED = "REFUND_PROCESSED"
    AGENT_APPROVED = "AGENT_APPROVED"
    AGENT_REJECTED = "AGENT_REJECTED"
    AWAITING_REVIEW = "AWAITING_REVIEW"
    EXECUTION_STOPPED = "EXECUTION_STOPPED"
    CREDENTIAL_EXPIRING = "CREDENTIAL_EXPIRING"
    SCHEDULE_PAUSED = "SCHEDULE_PAUSED"


class NotificationChannel(StrEnum):
    """Ways out of Sluice. What is listed in it is not asked about."""

    EMAIL = "EMAIL"
    DISCORD = "DISCORD"
    SLACK = "SLACK"


@dataclass(frozen=True, slots=True)
class QuietHours:
    """In the user's time zone. What begins in the evening ends in the morning."""

    begin: time
    end: time


def wishes_of(user: User) -> NotificationWishes:
    """Stored or not."""
    return NotificationWishes.objects.filter(user=user).first() or NotificationWishes(user=user)


def wanted(wishes: NotificationWishes) -> dict[str, bool]:
    """`{type: whether it is wanted}`, all types."""
    return {str(type): type not in wishes.refused for type in NotificationType}


def wanted_on(wishes: NotificationWishes, channel: NotificationChannel) -> dict[str, bool]:
    """`{type: whether it is wanted on the channel}`, all types."""
    refused = {*wishes.refused, *wishes.refused_on.get(channel, ())}
    return {str(type): type not in refused for type in NotificationType}


def quiet_hours(wishes: NotificationWishes) -> QuietHours | None:
    if wishes.quiet_from is None or wishes.quiet_until is None:
        return None
    return QuietHours(wishes.quiet_from, wishes.quiet_until)


@transaction.atomic
def set_wishes(
    user: User,
    *,
    preferences: Mapping[str, bool] | None = None,
    channels: Mapping[str, Mapping[str, bool]] | None = None,
    daily_limit: int | None = None,
    quiet: QuietHours | UnchangedType | None = UNCHANGED,
) -> NotificationWishes:
    """Change what is given; types that are not named stay as they are. 0 a day: nothing by e-mail."""
    wishes = locked_wishes(user)
    wishes.refused = _refused(wishes.refused, preferences or {})
    for channel, types in (channels or {}).items():
        wishes.refused_on[channel] = _refused(wishes.refused_on.get(channel, ()), types)
    if daily_limit is not None:
        wishes.daily_limit = daily_limit
    if quiet is None or isinstance(quiet, QuietHours):
        wishes.quiet_from, wishes.quiet_until = (quiet.begin, quiet.end) if quiet else (None, None)
    wishes.save(update_fields=["refused", "refused_on", "daily_limit", "quiet_from", "quiet_until"])
    return wishes


def locked_wishes(user: User) -> NotificationWishes:
    """Stored, and held to the end of the transaction."""
    NotificationWishes.objects.bulk_create([NotificationWishes(user=user)], ignore_conflicts=True)
    return NotificationWishes.objects.select_for_update().get(user=user)


def _refused(before: Iterable[str], changes: Mapping[str, bool]) -> list[str]:
    refused = {*before, *(type for type, is_wanted in changes.items() if not is_wanted)}
    return sorted(refused - {type for type, is_wanted in changes.items() if is_wanted})
