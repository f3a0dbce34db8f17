"""How often the executions of a schedule have failed."""

from executor.schedules.models import Outcome, Schedule
from executor.statuses import Status

#: Occurrences that are looked back at.
LOOK_BACK = 100


def failures_in_a_row(schedule: Schedule) -> int:
    """Refused starts and FAILED executions since the last one that went well, or since it was resumed."""
    told = (Outcome.STARTED, Outcome.REFUSED)
    recent = schedule.occurrences.filter(outcome__in=told).order_by("-due_at")
    if schedule.resumed_at is not None:
        recent = recent.filter(created_at__gte=schedule.resumed_at)
    failures = 0
    for outcome, status in recent.values_list("outcome", "execution__status")[:LOOK_BACK]:
        if outcome == Outcome.REFUSED or status == Status.FAILED:
            failures += 1
        elif status == Status.COMPLETED:
            break
    return failures
