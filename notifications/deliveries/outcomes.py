"""What came of one try, and what that means for the delivery and its endpoint. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus

#: An endpoint that fails after so long a silence begins to fail anew.
SILENCE = timedelta(days=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """status_code: None if there was no answer; error says why then.  wanted: the pause that the receiver asked for."""

    started_at: datetime
    milliseconds: int
    status_code: int | None = None
    answer: str = ""
    error: str = ""
    wanted: timedelta | None = None
    #: No further try would be taken either.
    is_final: bool = False

    @property
    def is_taken(self) -> bool:
        return self.status_code is not None and 200 <= self.status_code < 300

    @property
    def is_unwanted(self) -> bool:
        """Whether the receiver wants nothing more, ever."""
        return self.is_final or self.status_code == HTTPStatus.GONE


def failing_since(since: datetime | None, failed_at: datetime | None, *, now: datetime) -> datetime:
    """When the failures began that an endpoint has now one more of."""
    if since is None or failed_at is None or now - failed_at > SILENCE:
        return now
    return since
