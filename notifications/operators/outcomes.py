"""What came of one try of an alert with all its targets, and what that means for it. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """With one target. status_code: None if there was no answer.  error: why it was not taken, empty if it was."""

    mark: str
    target: str
    started_at: datetime
    milliseconds: int
    status_code: int | None = None
    error: str = ""
    #: The pause that the receiver asked for.
    wanted: timedelta | None = None
    #: Trying again is of no use.
    is_final: bool = False

    @property
    def is_taken(self) -> bool:
        return not self.error


def is_settled(outcomes: Sequence[Outcome]) -> bool:
    """Whether no target is left that may take it another time."""
    return all(outcome.is_taken or outcome.is_final for outcome in outcomes)


def wanted_by_all(outcomes: Sequence[Outcome]) -> timedelta | None:
    """The longest pause that a target has asked for which is to be tried again."""
    return max((outcome.wanted for outcome in outcomes if outcome.wanted and not outcome.is_taken), default=None)
