"""Which notifications a user wants. What nobody has refused is wanted."""

from collections.abc import Mapping
from enum import StrEnum

from django.db import transaction

from accounts.models import NotificationWishes, User

#: Notifications by e-mail on one day.
DAILY_MAX = 1000


class NotificationType(StrEnum):
    """The names are those of the AutoGPT Platform."""

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


def wishes_of(user: User) -> NotificationWishes:
    """Stored or not."""
    return NotificationWishes.objects.filter(user=user).first() or NotificationWishes(user=user)


def wanted(wishes: NotificationWishes) -> dict[str, bool]:
    """`{type: whether it is wanted}`, all types."""
    return {str(type): type not in wishes.refused for type in NotificationType}


@transaction.atomic
def set_wishes(
    user: User, *, preferences: Mapping[str, bool] | None = None, daily_limit: int | None = None
) -> NotificationWishes:
    """Change what is given; types that are not named stay as they are. 0 a day: nothing by e-mail."""
    wishes = wishes_of(user)
    if preferences is not None:
        refused = {type for type, is_wanted in (wanted(wishes) | dict(preferences)).items() if not is_wanted}
        wishes.refused = sorted(refused)
    if daily_limit is not None:
        wishes.daily_limit = daily_limit
    wishes.save()
    return wishes
