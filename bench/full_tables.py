"""What looks at the tables of executions, while they are empty and once they are full."""

import asyncio
import os
import statistics
import time
from collections.abc import Callable

from accounts.models import User
from bench import graphs
from bench.filling import fill
from bench.growing import run_once
from bench.measuring import make_user, store
from bench.report import tell
from executor.hosting.loading import load
from executor.hosting.threads import DatabaseThread
from executor.hosting.workplace import workplace
from executor.launching.launch import launch
from executor.models import GraphExecution
from executor.statuses import Status
from executor.sweeping.sweep import sweep
from graphs.models import GraphVersion
from reliability.garbage import collect_seldom

ROWS = int(os.environ.get("BENCH_FILL_ROWS", "1000000"))
#: Executions on a page of a list.
PAGE = 50


def measure(rounds: int) -> None:
    user = make_user()
    collect_seldom()  # as the worker does
    version = store(user, graphs.chain())
    asyncio.run(_measure(user, version, 0, rounds))
    begun = time.perf_counter()
    fill(GraphExecution.objects.filter(version=version, status=Status.COMPLETED).latest("created_at"), ROWS)
    tell("tables", f"filling with {ROWS}", seconds=time.perf_counter() - begun)
    asyncio.run(_measure(user, version, ROWS, rounds))


async def _measure(user: User, version: GraphVersion, rows: int, rounds: int) -> None:
    async with workplace() as here:
        seconds = [await run_once(user, version, here) for _ in range(rounds + 1)][1:]
        execution = await here.database.run(launch, user, version, inputs={}, ring=False)
        looks: dict[str, Callable[[], object]] = {
            "load": lambda: load(execution.id),
            "launch": lambda: launch(user, version, inputs={}, ring=False),
            "sweep": sweep,
            "page": lambda: list(GraphExecution.objects.for_user(user).roots()[:PAGE]),
        }
        figures = {name: await _seconds(here.database, look, rounds) for name, look in looks.items()}
    figures = {"execution": statistics.median(seconds), **figures}
    tell("tables", f"{rows} finished executions", **{f"{name}_ms": 1000 * value for name, value in figures.items()})


async def _seconds(database: DatabaseThread, look: Callable[[], object], rounds: int) -> float:
    found = []
    for _ in range(rounds + 1):
        begun = time.perf_counter()
        await database.run(look)
        found.append(time.perf_counter() - begun)
    return statistics.median(found[1:])
