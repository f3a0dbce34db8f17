"""The limits that hold for everybody whom an operator has not given others."""

from dataclasses import dataclass

from django.conf import settings

#: What stands for “no limit”: the largest number that both databases take as an integer.
NONE = 2**31 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Executions; see the settings of the same names."""

    queued_per_user: int
    queued: int
    starts_per_minute: int
    running_per_user: int
    running_per_graph: int
    running: int


def limits() -> Limits:
    """From the settings, where 0 says that there is none."""
    return Limits(
        queued_per_user=settings.QUEUED_PER_USER_MAX or NONE,
        queued=settings.QUEUED_MAX or NONE,
        starts_per_minute=settings.STARTS_PER_MINUTE_MAX or NONE,
        running_per_user=settings.RUNNING_PER_USER_MAX or NONE,
        running_per_graph=settings.RUNNING_PER_GRAPH_MAX or NONE,
        running=settings.RUNNING_MAX or NONE,
    )
