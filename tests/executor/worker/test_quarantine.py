"""Suspects run in processes of their own: few at once, never without a lease, and none is left behind."""

import asyncio
import multiprocessing
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.db.models import F

from executor.dispatch.claim import Claim, claim
from executor.hosting.apart import Work, run_apart
from executor.hosting.quarantine import run_suspect
from executor.hosting.workplace import APART_AT_ONCE, Workplace, shared_workplace
from executor.models import GraphExecution
from executor.statuses import Status
from executor.stopping.cancel import request_cancel
from tests.executor.awaiting import until
from tests.executor.building import build
from tests.executor.running import fresh, started
from tests.executor.worker.apart import fail, miss_the_database, wait_for_end
from tests.factories import make_user

pytestmark = pytest.mark.django_db(transaction=True)

WAIT_SECONDS = 20
#: Whoever asks an execution to stop sees that it has, so soon.
STOP_SECONDS = 2


@pytest.fixture
def suspects(redis_url: str) -> list[GraphExecution]:
    """One more than may run at once; each has taken its worker with it before."""
    ada = make_user()
    executions = [started(ada, build({"n": ("Pause", {"value": 1})})) for _ in range(APART_AT_ONCE + 1)]
    GraphExecution.objects.update(claims=1)
    return executions


@pytest.fixture
def work(tmp_path: Path) -> Work:
    return partial(wait_for_end, tmp_path)


def in_a_workplace(scene: Callable[[Workplace], Awaitable[None]]) -> None:
    async def play() -> None:
        async with shared_workplace() as here, asyncio.timeout(2 * WAIT_SECONDS):
            await scene(here)

    asyncio.run(play())


async def claimed(execution: GraphExecution, here: Workplace) -> Claim:
    mine = await here.database.run(claim, execution.id, owner=here.owner)
    assert mine is not None
    assert mine.claims == 2
    return mine


async def lease_end(execution: GraphExecution, here: Workplace) -> object:
    return (await here.database.run(fresh, execution)).lease_until


async def until_renewed(execution: GraphExecution, here: Workplace) -> None:
    before = await lease_end(execution, here)
    async with asyncio.timeout(WAIT_SECONDS):
        while await lease_end(execution, here) == before:
            await asyncio.sleep(0.01)


def begun(folder: Path) -> int:
    return len(list(folder.glob("begun-*")))


def left_behind() -> list[multiprocessing.process.BaseProcess]:
    """Processes that still exist. They do not any more after this: the tests would never end."""
    alive = multiprocessing.active_children()
    for process in alive:
        process.kill()
    return alive


def is_claimable(execution: GraphExecution) -> bool:
    return claim(execution.id, owner="another worker") is not None


@pytest.mark.parametrize("stage", ["as it starts", "at work"])
def test_a_suspect_that_is_cancelled_is_handed_back_in_order(
    suspects: list[GraphExecution], work: Work, tmp_path: Path, stage: str
) -> None:
    async def scene(here: Workplace) -> None:
        running = asyncio.create_task(run_suspect(work, await claimed(suspects[0], here), here))
        await until(lambda: begun(tmp_path) or stage == "as it starts")
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running

    in_a_workplace(scene)
    assert left_behind() == []
    assert fresh(suspects[0]).claims == 1
    assert is_claimable(suspects[0])


def test_at_most_two_run_at_once_and_who_waits_keeps_the_lease(
    suspects: list[GraphExecution], work: Work, tmp_path: Path, settings: LazySettings
) -> None:
    settings.LEASE_RENEW_SECONDS = 0.05

    async def scene(here: Workplace) -> None:
        claims = [await claimed(suspect, here) for suspect in suspects]
        running = [asyncio.create_task(run_suspect(work, mine, here)) for mine in claims]
        await until(lambda: begun(tmp_path) == APART_AT_ONCE)
        for _ in range(5):
            await until_renewed(suspects[-1], here)
        assert begun(tmp_path) == APART_AT_ONCE
        (tmp_path / "end").touch()
        await asyncio.gather(*running)

    in_a_workplace(scene)
    assert begun(tmp_path) == APART_AT_ONCE + 1


def test_a_lease_that_is_lost_while_waiting_ends_the_waiting(
    suspects: list[GraphExecution], work: Work, tmp_path: Path, settings: LazySettings
) -> None:
    settings.LEASE_RENEW_SECONDS = 0.05

    async def scene(here: Workplace) -> None:
        mine = await claimed(suspects[0], here)
        for _ in range(APART_AT_ONCE):
            await here.places_apart.acquire()
        waiting = asyncio.create_task(run_suspect(work, mine, here))
        await until_renewed(suspects[0], here)
        await here.database.run(GraphExecution.objects.update, fence=F("fence") + 1)
        await waiting

    in_a_workplace(scene)
    assert begun(tmp_path) == 0


def test_a_suspect_that_waits_for_its_place_hears_a_stop(
    suspects: list[GraphExecution], work: Work, tmp_path: Path
) -> None:
    async def scene(here: Workplace) -> None:
        for _ in range(APART_AT_ONCE):
            await here.places_apart.acquire()
        waiting = asyncio.create_task(run_suspect(work, await claimed(suspects[0], here), here))
        await here.database.run(request_cancel, suspects[0])
        async with asyncio.timeout(STOP_SECONDS):
            await waiting

    in_a_workplace(scene)
    stopped = fresh(suspects[0])
    assert (stopped.status, stopped.error_code) == (Status.TERMINATED, "stopped")
    assert begun(tmp_path) == 0


@pytest.mark.parametrize(("work", "claims"), [(fail, 2), (miss_the_database, 1)])
def test_only_its_own_faults_count_against_a_suspect(suspects: list[GraphExecution], work: Work, claims: int) -> None:
    async def scene(here: Workplace) -> None:
        await run_suspect(work, await claimed(suspects[0], here), here)

    in_a_workplace(scene)
    assert fresh(suspects[0]).claims == claims
    assert is_claimable(suspects[0])


def test_a_lease_that_cannot_be_kept_leaves_no_process_behind(suspects: list[GraphExecution], work: Work) -> None:
    def fail() -> None:
        raise OSError("the database is away")

    async def scene(here: Workplace) -> None:
        with pytest.raises(OSError, match="away"):
            await run_apart(work, await claimed(suspects[0], here), has_begun=fail)

    in_a_workplace(scene)
    assert left_behind() == []
