"""A job at work in this worker."""

import asyncio
from dataclasses import dataclass
from enum import Enum
from types import TracebackType
from typing import Any

from rq.executions import Execution as JobExecution
from rq.job import Job
from rq.queue import Queue

ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]


class Why(Enum):
    """Why a job was cancelled."""

    STOP = "stop"  #: somebody has stopped this job
    SHUTDOWN = "shutdown"  #: the worker ends; another goes on with it


@dataclass(eq=False, slots=True)
class RunningJob:
    """execution: RQ's record of this run of the job."""

    job: Job
    queue: Queue
    execution: JobExecution
    task: asyncio.Task[None] | None = None
    has_begun: bool = False
    why: Why | None = None
    result: Any = None
    error: ExcInfo = (None, None, None)

    def cancel(self, why: Why) -> None:
        """Called in the loop. The first reason counts, if it comes before the end; it may come before the beginning."""
        if self.why is not None or (self.task is not None and self.task.done()):
            return
        self.why = why
        if self.task is not None and self.has_begun:
            self.task.cancel()

    def begin(self) -> None:
        """Called by its task. Raises CancelledError if it is cancelled already: until now it would leave no outcome."""
        self.has_begun = True
        if self.why is not None:
            raise asyncio.CancelledError

    @property
    def ended_plainly(self) -> bool:
        """It returned, and nothing is to be done but to write that down."""
        job = self.job
        is_more = (
            job._success_callback_name or job.webhooks or job.has_rate_limit or job.repeats_left or job.retries_left
        )
        return self.error[0] is None and self.result is None and self.why is None and not is_more
