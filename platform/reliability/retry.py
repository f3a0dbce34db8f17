"""Trying again what failed for a reason that may pass: a connection, a service that is busy.

Waits grow exponentially, with jitter, so that many processes do not come back at the same moment; a failure that says
when to come again is believed. Whoever gives up raises what was raised last, as it was.
"""

import logging
from collections.abc import Callable
from functools import wraps
from inspect import iscoroutinefunction
from typing import Any, TypeVar, cast

import stamina
from stamina import Attempt
from stamina.instrumentation import set_on_retry_hooks

logger = logging.getLogger(__name__)
set_on_retry_hooks([])  # whoever decorates says what is logged

ATTEMPTS = 5
FIRST_WAIT_SECONDS = JITTER_SECONDS = 0.1
LONGEST_WAIT_SECONDS = 30.0
#: So many failures of one call are told.
MANY = 50
#: Of a loop that goes on for ever, every so manieth failure is logged with its traceback.
TRACEBACK_EVERY = 10

Call = TypeVar("Call", bound=Callable[..., Any])
#: Is told the number of failures so far, and the newest.
Told = Callable[[int, Exception], object]
Errors = tuple[type[Exception], ...]


def retry(
    *,
    attempts: int | None = ATTEMPTS,
    seconds: float | None = None,
    first_wait: float = FIRST_WAIT_SECONDS,
    longest_wait: float = LONGEST_WAIT_SECONDS,
    jitter: float = JITTER_SECONDS,
    excluding: Errors = (),
    failed: Told | None = None,
    many: int = MANY,
    failed_often: Told | None = None,
) -> Callable[[Call], Call]:
    """Decorate a function, sync or async, so that it is tried again when it raises.

    attempts, seconds: how often it is called at most, and after what time no wait begins any more; None: no limit.
    excluding: errors after which trying again is no use.
    failed: called after each failure.  failed_often: called once, when a call has failed `many` times.
    An error with a `retry_after`, in seconds, is waited for as long as it says.
    """

    def tries() -> Any:
        judge = _Judge(excluding=excluding, failed=failed, many=many, failed_often=failed_often)
        return stamina.retry_context(
            judge, attempts, seconds, wait_initial=first_wait, wait_max=longest_wait, wait_jitter=jitter
        )

    def decorate(call: Call) -> Call:
        return cast(Call, _asynchronously(call, tries) if iscoroutinefunction(call) else _synchronously(call, tries))

    return decorate


def connection_retry(
    resource: str, action: str, *, retries: int = 100, longest_wait: float = LONGEST_WAIT_SECONDS
) -> Callable[[Call], Call]:
    """Decorate what connects to something: its start, its success and its failures are logged.

    resource, action: for the log, like "Redis" and "connect".  retries: so often after the first time.
    """
    named = {"action": "connection_retry", "resource": resource, "what": action}

    def failed(failures: int, error: Exception) -> None:
        is_last = failures > retries
        logger.log(
            logging.ERROR if is_last else logging.WARNING,
            "%s: %s failed%s",
            *(resource, action, " for good" if is_last else ""),
            extra={**named, "failures": failures, "reason": type(error).__name__},
        )

    return _logged(
        f"{resource}: {action}", named, retry(attempts=retries + 1, longest_wait=longest_wait, failed=failed)
    )


def continuous_retry(delay: float = 1.0) -> Callable[[Call], Call]:
    """Decorate a loop that must not die of an error: it is begun again, after `delay` seconds, until it returns."""

    def failed(failures: int, error: Exception) -> None:
        logger.error(
            "A loop failed and begins again",
            exc_info=error if failures % TRACEBACK_EVERY == 0 else None,
            extra={"action": "loop_failed", "failures": failures, "reason": type(error).__name__},
        )

    return retry(attempts=None, first_wait=delay, longest_wait=delay, jitter=0, failed=failed)


class _Judge:
    """Decides, for one call, whether it is tried again, and counts its failures."""

    def __init__(self, *, excluding: Errors, failed: Told | None, many: int, failed_often: Told | None) -> None:
        self._excluding, self._failed, self._many, self._failed_often = excluding, failed, many, failed_often
        self._failures = 0

    def __call__(self, error: BaseException) -> bool | float:
        if not isinstance(error, Exception):
            return False  # cancelled, or interrupted
        self._failures += 1
        if self._failed is not None:
            self._failed(self._failures, error)
        if self._failures == self._many and self._failed_often is not None:
            self._failed_often(self._failures, error)
        if isinstance(error, self._excluding):
            return False
        wanted = getattr(error, "retry_after", None)
        return True if wanted is None else float(wanted)


def _synchronously(call: Callable[..., Any], tries: Callable[[], Any]) -> Callable[..., Any]:
    @wraps(call)
    def again(*args: Any, **kwargs: Any) -> Any:
        attempt: Attempt
        for attempt in tries():
            with attempt:
                return call(*args, **kwargs)
        raise AssertionError("the last attempt raises")

    return again


def _asynchronously(call: Callable[..., Any], tries: Callable[[], Any]) -> Callable[..., Any]:
    @wraps(call)
    async def again(*args: Any, **kwargs: Any) -> Any:
        attempt: Attempt
        async for attempt in tries():
            with attempt:
                return await call(*args, **kwargs)
        raise AssertionError("the last attempt raises")

    return again


def _logged(title: str, named: dict[str, str], again: Callable[[Call], Call]) -> Callable[[Call], Call]:
    """Also log that it begins, and that it succeeded."""

    def decorate(call: Call) -> Call:
        trying: Callable[..., Any] = again(call)

        @wraps(call)
        def synchronous(*args: Any, **kwargs: Any) -> Any:
            logger.info("%s begins", title, extra=named)
            answer = trying(*args, **kwargs)
            logger.info("%s succeeded", title, extra=named)
            return answer

        @wraps(call)
        async def asynchronous(*args: Any, **kwargs: Any) -> Any:
            logger.info("%s begins", title, extra=named)
            answer = await trying(*args, **kwargs)
            logger.info("%s succeeded", title, extra=named)
            return answer

        return cast(Call, asynchronous if iscoroutinefunction(call) else synchronous)

    return decorate
