"""The time limit of one try of a block."""

import asyncio
from collections.abc import Callable

from executor.engine.crew import GRACE_SECONDS


class Deadline:
    """Cancels the task that makes it once its time is over, and gives it up if it goes on all the same."""

    __slots__ = ("_give_up", "_task", "_timer", "is_over", "seconds")

    def __init__(self, seconds: float | None, give_up: Callable[[], None]) -> None:
        """give_up: called when the task has not ended GRACE_SECONDS after its time was over."""
        self.seconds = seconds
        self.is_over = False
        self._give_up = give_up
        self._task = asyncio.current_task()
        self._timer = None if seconds is None else asyncio.get_running_loop().call_later(seconds, self._end)

    def lift(self) -> None:
        """The try has ended, in whatever way. What the deadline has cancelled counts as cancelled no more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self.is_over and self._task is not None:
            self._task.uncancel()
            self._task = None

    def _end(self) -> None:
        assert self._task is not None
        self.is_over = True
        self._task.cancel()
        self._timer = asyncio.get_running_loop().call_later(GRACE_SECONDS, self._give_up)
