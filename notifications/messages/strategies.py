"""When a notice is told, by its type. Pure."""

from enum import Enum, auto

from accounts.wishes import NotificationType


class Strategy(Enum):
    IMMEDIATE = auto()
    #: Gathered, and told together once a day.
    DAILY = auto()
    #: Gathered, and told together once an hour.
    HOURLY = auto()
    #: The 1st, 2nd, 4th, 8th … time in a row, at once.
    BACKOFF = auto()
    #: Written once for a span of time that is over.
    SUMMARY = auto()
    #: For operators; its user only finds it in the list.
    ADMIN = auto()


STRATEGIES = {
    NotificationType.AGENT_RUN: Strategy.DAILY,
    NotificationType.ZERO_BALANCE: Strategy.IMMEDIATE,
    NotificationType.LOW_BALANCE: Strategy.IMMEDIATE,
    NotificationType.BLOCK_EXECUTION_FAILED: Strategy.BACKOFF,
    NotificationType.CONTINUOUS_AGENT_ERROR: Strategy.BACKOFF,
    NotificationType.DAILY_SUMMARY: Strategy.SUMMARY,
    NotificationType.WEEKLY_SUMMARY: Strategy.SUMMARY,
    NotificationType.MONTHLY_SUMMARY: Strategy.SUMMARY,
    NotificationType.REFUND_REQUEST: Strategy.ADMIN,
    NotificationType.REFUND_PROCESSED: Strategy.ADMIN,
    NotificationType.AWAITING_REVIEW: Strategy.IMMEDIATE,
    NotificationType.EXECUTION_STOPPED: Strategy.HOURLY,
    NotificationType.CREDENTIAL_EXPIRING: Strategy.HOURLY,
    NotificationType.SCHEDULE_PAUSED: Strategy.HOURLY,
}


def is_told(count: int) -> bool:
    """Whether a repeated error is told the so-manieth time: 1, 2, 4, 8 …"""
    return count > 0 and count & (count - 1) == 0
