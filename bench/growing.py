"""The cost of a node in executions of several lengths."""

import asyncio
import statistics
import time

from accounts.models import User
from bench import graphs
from bench.measuring import make_user, store
from bench.report import tell
from executor.dispatch.claim import claim
from executor.hosting.workplace import Workplace, workplace
from executor.jobs import run_claimed
from executor.launching.launch import launch
from executor.statuses import Status
from graphs.models import GraphVersion
from reliability.garbage import collect_seldom

SIZES = (100, 1_000, 10_000)


def measure(rounds: int) -> None:
    user = make_user()
    collect_seldom()  # as the worker does
    for size in SIZES:
        asyncio.run(_measure_size(user, size, rounds))


async def _measure_size(user: User, size: int, rounds: int) -> None:
    async with workplace() as here:
        version = await here.database.run(store, user, graphs.many_runs(size - 1))
        seconds = [await run_once(user, version, here) for _ in range(rounds + 1)][1:]
    tell("growth", f"{size} node runs", microseconds=1e6 * statistics.median(seconds) / size)


async def run_once(user: User, version: GraphVersion, here: Workplace) -> float:
    """Seconds of this process's time for one execution."""
    run = here.database.run
    execution = await run(launch, user, version, inputs={}, ring=False)
    begun = time.process_time()
    mine = await run(claim, execution.id, owner="bench")
    assert mine is not None
    await run_claimed(mine, here)
    seconds = time.process_time() - begun
    await run(execution.refresh_from_db)
    assert execution.status == Status.COMPLETED, execution.error
    return seconds
