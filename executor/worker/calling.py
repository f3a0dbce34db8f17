"""Calling a job's function on the loop, with its time limit."""

import asyncio
import inspect
import threading
from concurrent.futures import Future
from typing import Any

import sentry_sdk
from django.db import close_old_connections
from rq.job import Job, _current_job
from rq.timeouts import JobTimeoutException, TimerDeathPenalty
from rq.utils import now

#: Jobs that are plain functions, at the same time.
PLAIN_FUNCTIONS = 8

_places = asyncio.Semaphore(PLAIN_FUNCTIONS)


class ThreadDeathPenalty(TimerDeathPenalty):
    """RQ's time limit for threads. It changes the exception's class, so that each limit gets a class of its own."""

    def __init__(self, timeout: float, exception: type[Exception] = JobTimeoutException, **options: Any) -> None:
        super().__init__(timeout, type(exception.__name__, (exception,), {}), **options)


async def call(job: Job) -> Any:
    """Call the job's function, and return what it returns. Raises JobTimeoutException, and whatever it raises."""
    with sentry_sdk.isolation_scope() as scope:
        scope.set_tag("job", job.id)
        _current_job.set(job)
        job.started_at = now()
        if not inspect.iscoroutinefunction(job.func):
            return await _call_plain(job)
        limit = asyncio.timeout(job.timeout if job.timeout and job.timeout > 0 else None)
        try:
            async with limit:
                return await job.func(*job.args, **job.kwargs)
        except TimeoutError as error:
            if not limit.expired():
                raise
            raise JobTimeoutException(f"Task exceeded maximum timeout value ({job.timeout} seconds)") from error


async def _call_plain(job: Job) -> Any:
    """In a thread, which nobody waits for when the worker ends. Its time limit ends it, nothing else does."""
    answer: Future[Any] = Future()
    async with _places:
        threading.Thread(target=_perform, args=(job, answer), name=f"job-{job.id}", daemon=True).start()
        return await asyncio.wrap_future(answer)


def _perform(job: Job, answer: "Future[Any]") -> None:
    close_old_connections()
    try:
        with ThreadDeathPenalty(job.timeout or -1, JobTimeoutException, job_id=job.id):
            result = job.perform()
    except BaseException as error:
        _tell(answer, error=error)
    else:
        _tell(answer, result=result)
    finally:
        close_old_connections()


def _tell(answer: "Future[Any]", *, result: Any = None, error: BaseException | None = None) -> None:
    if not answer.set_running_or_notify_cancel():
        return  # nobody waits any more
    answer.set_exception(error) if error is not None else answer.set_result(result)
