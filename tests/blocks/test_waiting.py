import asyncio
from collections.abc import Iterator
from itertools import islice
from typing import Any

import pytest

from blocks import waiting
from blocks.errors import BlockError
from blocks.waiting import FAILED_LOOKS, LONGEST_PAUSE_SECONDS, pauses, until

pytestmark = pytest.mark.usefixtures("without_pauses")


class Work:
    """At a service. says: what each look gets; an error is raised.  cancelled: how often that was asked for."""

    def __init__(self, *says: Any) -> None:
        self.says: Iterator[Any] = iter(says)
        self.looks = 0
        self.cancelled = 0
        self.was_looked_at = asyncio.Event()

    async def look(self) -> Any:
        self.looks += 1
        self.was_looked_at.set()
        said = next(self.says, "never over")
        if isinstance(said, BlockError):
            raise said
        return said

    async def cancel(self) -> None:
        self.cancelled += 1

    async def wait(self) -> Any:
        return await until(lambda said: said == "over", self.look, cancel=self.cancel)


def failed(status: int | None) -> BlockError:
    return BlockError("It failed.", **({} if status is None else {"status": status}))


def test_pauses_grow_up_to_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "FIRST_PAUSE_SECONDS", 0.5)
    lengths = list(islice(pauses(), 20))
    assert lengths[:3] == [0.5, 0.75, 1.125]
    assert lengths == sorted(lengths)
    assert lengths[-1] == LONGEST_PAUSE_SECONDS


async def test_it_looks_until_the_work_is_over_and_cancels_nothing() -> None:
    work = Work("begun", "under way", "over")
    assert await work.wait() == "over"
    assert (work.looks, work.cancelled) == (3, 0)


@pytest.mark.parametrize("status", [None, 429, 500, 503])
async def test_a_failed_look_may_pass(status: int | None) -> None:
    work = Work(*[failed(status)] * (FAILED_LOOKS - 1), "begun", *[failed(status)] * (FAILED_LOOKS - 1), "over")
    assert await work.wait() == "over"


@pytest.mark.parametrize("status", [None, 500])
async def test_too_many_failed_looks_end_the_wait_and_cancel_the_work(status: int | None) -> None:
    work = Work(*[failed(status)] * FAILED_LOOKS, "over")
    with pytest.raises(BlockError, match="It failed"):
        await work.wait()
    assert (work.looks, work.cancelled) == (FAILED_LOOKS, 1)


@pytest.mark.parametrize("status", [200, 401, 404, 422])
async def test_a_refused_look_ends_the_wait_at_once(status: int) -> None:
    work = Work(failed(status), "over")
    with pytest.raises(BlockError, match="It failed"):
        await work.wait()
    assert (work.looks, work.cancelled) == (1, 1)


async def test_who_is_cancelled_cancels_the_work() -> None:
    work = Work()
    waiter = asyncio.create_task(work.wait())
    await work.was_looked_at.wait()
    waiter.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiter
    assert work.cancelled == 1


async def test_work_that_cannot_be_cancelled_keeps_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "CANCEL_SECONDS", 0.01)

    async def hang() -> None:
        await asyncio.Event().wait()

    async def refuse() -> None:
        raise failed(404)

    for cancel in (hang, refuse):
        work = Work(failed(401))
        with pytest.raises(BlockError, match="It failed"):
            await asyncio.wait_for(until(lambda said: False, work.look, cancel=cancel), 5)
