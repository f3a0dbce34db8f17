"""How often the executions of a schedule have failed."""

from executor.schedules.models import Occurrence, Outcome, Schedule
from executor.statuses import Status

#: Occurrences that are looked back at.
LOOK_BACK = 100


def failures_in_a_row(schedule: Schedule) -> int:
    """Refused starts and FAILED executions since the last one that went well, or since it was resumed."""
    told = (Outcome.STARTED, Outcome.REFUSED)
    recent = schedule.occurrences.filter(outcome__in=told).select_related("execution").order_by("-due_at")
    if schedule.resumed_at is not None:
        recent = recent.filter(created_at__gte=schedule.resumed_at)
    failures = 0
    for occurrence in recent[:LOOK_BACK]:
        if _failed(occurrence):
            failures += 1
        elif _went_well(occurrence):
            break
    return failures


def _failed(occurrence: Occurrence) -> bool:
    execution = occurrence.execution
    return occurrence.outcome == Outcome.REFUSED or (execution is not None and execution.status == Status.FAILED)


def _went_well(occurrence: Occurrence) -> bool:
    return occurrence.execution is not None and occurrence.execution.status == Status.COMPLETED
