"""What fails for a reason that may pass is tried again; nothing here waits in earnest."""

import asyncio
import logging
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
import stamina

from reliability.retry import MANY, connection_retry, continuous_retry, retry

Decorator = Callable[[Callable[[], Any]], Callable[[], Any]]


@pytest.fixture(autouse=True)
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The seconds that would have been waited; the clock says that they have been."""
    waited: list[float] = []

    async def wait(seconds: float) -> None:
        waited.append(seconds)

    clock = SimpleNamespace(sleep=waited.append, monotonic=lambda: sum(waited))
    monkeypatch.setattr("tenacity.time", clock)
    monkeypatch.setattr("tenacity.nap.time", clock)
    monkeypatch.setattr("stamina._core._smart_sleep", wait)
    return waited


class Flaky:
    """Fails so many times with the error, then returns "done"; as a function or as a coroutine function."""

    def __init__(self, failures: int, error: BaseException | None = None) -> None:
        self.calls = 0
        self.error = error or ConnectionError("away")
        self._failures = failures

    def function(self) -> str:
        self.calls += 1
        if self.calls <= self._failures:
            raise self.error
        return "done"

    async def coroutine(self) -> str:
        return self.function()


@pytest.fixture(params=["sync", "async"])
async def call(request: pytest.FixtureRequest) -> Any:
    """Call what is decorated, as one or the other."""

    async def caller(decorator: Decorator, flaky: Flaky) -> Any:
        if request.param == "sync":
            return decorator(flaky.function)()
        return await decorator(flaky.coroutine)()

    return caller


async def test_what_fails_is_tried_again_until_it_succeeds(call: Any, waits: list[float]) -> None:
    flaky = Flaky(4)
    assert await call(retry(), flaky) == "done"
    assert (flaky.calls, len(waits)) == (5, 4)


async def test_the_last_error_is_raised_as_it_was(call: Any) -> None:
    flaky = Flaky(99)
    with pytest.raises(ConnectionError) as raised:
        await call(retry(attempts=3), flaky)
    assert raised.value is flaky.error
    assert flaky.calls == 3


async def test_excluded_errors_are_raised_at_once(call: Any) -> None:
    flaky = Flaky(1, ValueError("wrong"))
    with pytest.raises(ValueError, match="wrong"):
        await call(retry(excluding=(ValueError, TypeError)), flaky)
    assert flaky.calls == 1


async def test_waits_grow_up_to_the_longest(call: Any, waits: list[float]) -> None:
    await call(retry(attempts=None, first_wait=0.1, longest_wait=2), Flaky(12))
    assert all(0.1 * 2**index <= wait <= 0.1 * 2**index + 0.1 for index, wait in enumerate(waits[:3]))
    assert max(waits) == 2
    assert waits[-1] == 2


async def test_two_calls_do_not_wait_equally_long(call: Any, waits: list[float]) -> None:
    for _ in range(5):
        await call(retry(), Flaky(1))
    assert len(set(waits)) == 5


async def test_no_wait_begins_after_the_time_is_up(call: Any, waits: list[float]) -> None:
    with pytest.raises(ConnectionError):
        await call(retry(attempts=None, seconds=1, jitter=0), Flaky(99))
    assert waits == [0.1, 0.2, 0.4, 0.8]


async def test_an_error_that_says_when_is_believed(call: Any, waits: list[float]) -> None:
    error = ConnectionError("busy")
    error.retry_after = 7  # type: ignore[attr-defined]
    await call(retry(), Flaky(1, error))
    assert waits == [7]


async def test_many_failures_of_one_call_are_told_once(call: Any) -> None:
    told: list[tuple[int, str]] = []
    again = retry(attempts=60, failed_often=lambda failures, error: told.append((failures, str(error))))
    with pytest.raises(ConnectionError):
        await call(again, Flaky(99))
    assert told == [(MANY, "away")]


async def test_each_call_counts_its_own_failures(call: Any) -> None:
    told: list[int] = []
    for _ in range(2):
        await call(retry(many=3, failed_often=lambda failures, error: told.append(failures)), Flaky(3))
        await call(retry(many=3, failed_often=lambda failures, error: told.append(failures)), Flaky(2))
    assert told == [3, 3]


async def test_connecting_logs_its_start_its_failures_and_its_success(
    call: Any, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "reliability.retry")
    assert await call(connection_retry("Redis", "connect", retries=2), Flaky(2)) == "done"
    assert [(record.levelname, record.getMessage()) for record in caplog.records] == [
        ("INFO", "Redis: connect begins"),
        ("WARNING", "Redis: connect failed"),
        ("WARNING", "Redis: connect failed"),
        ("INFO", "Redis: connect succeeded"),
    ]


async def test_connecting_is_tried_once_more_than_retries_and_raises_the_original(
    call: Any, caplog: pytest.LogCaptureFixture
) -> None:
    flaky = Flaky(99)
    with pytest.raises(ConnectionError) as raised:
        await call(connection_retry("Redis", "connect", retries=2), flaky)
    assert raised.value is flaky.error
    assert flaky.calls == 3
    assert caplog.records[-1].levelname == "ERROR"
    assert caplog.records[-1].getMessage() == "Redis: connect failed for good"


async def test_a_loop_that_must_not_die_begins_again(
    call: Any, waits: list[float], caplog: pytest.LogCaptureFixture
) -> None:
    assert await call(continuous_retry(delay=0.5), Flaky(25)) == "done"
    assert len(waits) == 25
    assert set(waits) == {0.5}
    assert [index + 1 for index, record in enumerate(caplog.records) if record.exc_info] == [10, 20]


@pytest.mark.parametrize("end", [KeyboardInterrupt, asyncio.CancelledError, SystemExit])
async def test_a_loop_that_is_ended_is_not_begun_again(call: Any, end: type[BaseException]) -> None:
    flaky = Flaky(1, end())
    with pytest.raises(end):
        await call(continuous_retry(), flaky)
    assert flaky.calls == 1


def test_what_is_decorated_keeps_its_name() -> None:
    flaky = Flaky(0)
    assert retry()(flaky.function).__name__ == "function"
    assert connection_retry("Redis", "connect")(flaky.coroutine).__name__ == "coroutine"


def test_nothing_switches_waits_off_in_earnest() -> None:
    assert not stamina.is_testing()
    assert stamina.is_active()
