"""What becomes of a time that a schedule is due. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from executor.schedules.models import Outcome, Overlap

#: Occurrences of one schedule that may wait for their turn.
WAITING_MAX = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """running: an execution of the schedule has not ended. waiting: occurrences that wait for that.

    is_last: no later time of it is due by now.
    """

    now: datetime
    running: bool
    waiting: int
    is_last: bool = True


@dataclass(frozen=True, slots=True)
class Decision:
    """outcome: STARTED to start it now. stops_earlier: first the execution that has not ended is stopped."""

    outcome: Outcome
    reason: str = ""
    stops_earlier: bool = False


def decide(due: datetime, *, overlap: str, grace: timedelta, situation: Situation) -> Decision:
    """Late ones are missed; of the others, those that nothing is in the way of start."""
    if situation.now - due > grace:
        return Decision(Outcome.MISSED, f"It could not be started within {int(grace.total_seconds())} seconds.")
    if overlap == Overlap.REPLACE and not situation.is_last:
        return Decision(Outcome.SKIPPED, "A later one was due already.")
    if not situation.running and not situation.waiting:
        return Decision(Outcome.STARTED)
    if overlap == Overlap.REPLACE:
        return Decision(Outcome.STARTED, stops_earlier=True)
    if overlap == Overlap.SKIP:
        return Decision(Outcome.SKIPPED, "The execution before had not ended.")
    if situation.waiting >= WAITING_MAX:
        return Decision(Outcome.SKIPPED, f"{WAITING_MAX} were waiting already.")
    return Decision(Outcome.WAITING)
