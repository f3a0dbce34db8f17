"""The cost of a node in executions of several lengths, and with many finished executions in the tables."""

import asyncio
import os
import statistics
import time

from django.db import connection

from accounts.models import User
from bench import graphs
from bench.measuring import make_user, store
from bench.report import tell
from executor.dispatch.claim import claim
from executor.hosting.loading import load
from executor.hosting.threads import DatabaseThread
from executor.jobs import run_claimed
from executor.journal.journal import Journal
from executor.launching.launch import launch
from executor.models import GraphExecution
from executor.statuses import Status
from executor.sweeping.sweep import sweep
from executor.worker.garbage import collect_seldom
from graphs.models import GraphVersion
from reliability.sql import adapters

SIZES = (100, 1_000, 10_000)
#: Finished executions that fill the tables; BENCH_FILL_ROWS says how many.
FILL_ROWS = int(os.environ.get("BENCH_FILL_ROWS", "1000000"))
PAGE = 50
#: What a copy has instead of the pattern's own. n: its number.
_COPIED = {
    "sqlite": {
        "id": "printf('%%032x', n)",
        "created_at": "strftime('%%Y-%%m-%%d %%H:%%M:%%f', 'now', -n || ' seconds')",
    },
    "postgresql": {"id": "lpad(to_hex(n), 32, '0')::uuid", "created_at": "now() - n * interval '1 second'"},
}


def measure(rounds: int) -> None:
    user = make_user()
    collect_seldom()  # as the worker does
    for size in SIZES:
        asyncio.run(_measure_size(user, size, rounds))
    version = store(user, graphs.chain())
    asyncio.run(_measure_full(user, version, 0, rounds))
    _fill(user, version)
    asyncio.run(_measure_full(user, version, FILL_ROWS, rounds))


async def _measure_size(user: User, size: int, rounds: int) -> None:
    async with DatabaseThread() as database, Journal(database) as journal:
        version = await database.run(store, user, graphs.many_runs(size - 1))
        seconds = [await _run(user, version, journal) for _ in range(rounds + 1)][1:]
    tell("growth", f"{size} node runs", microseconds=1e6 * statistics.median(seconds) / size)


async def _measure_full(user: User, version: GraphVersion, filled: int, rounds: int) -> None:
    """What looks at the tables, with so many finished executions in them."""
    async with DatabaseThread() as database, Journal(database) as journal:
        seconds = [await _run(user, version, journal) for _ in range(3 * rounds + 1)][1:]
        execution = await database.run(launch, user, version, inputs={}, ring=False)
        figures = {
            "execution": statistics.median(seconds),
            "load": await _timed(database, lambda: load(execution.id)),
            "launch": await _timed(database, lambda: launch(user, version, inputs={}, ring=False)),
            "sweep": await _timed(database, sweep),
            "page": await _timed(database, lambda: list(GraphExecution.objects.for_user(user).roots()[:PAGE])),
        }
    tell("growth", f"{filled} finished executions", **{f"{name}_ms": 1000 * value for name, value in figures.items()})


async def _run(user: User, version: GraphVersion, journal: Journal) -> float:
    """Seconds of this process's time for one execution."""
    run = journal.database.run
    execution = await run(launch, user, version, inputs={}, ring=False)
    begun = time.process_time()
    mine = await run(claim, execution.id, owner="bench")
    assert mine is not None
    await run_claimed(mine, journal)
    seconds = time.process_time() - begun
    await run(execution.refresh_from_db)
    assert execution.status == Status.COMPLETED, execution.error
    return seconds


async def _timed(database: DatabaseThread, work: "object", times: int = 5) -> float:
    assert callable(work)
    found = []
    for _ in range(times):
        begun = time.perf_counter()
        await database.run(work)
        found.append(time.perf_counter() - begun)
    return statistics.median(found)


def _fill(user: User, version: GraphVersion) -> None:
    """Copies of one finished execution, a second apart, without nodes of their own."""
    pattern = GraphExecution.objects.filter(version=version, status=Status.COMPLETED).latest("created_at")
    columns = [field.column for field in GraphExecution._meta.concrete_fields]
    values = [_COPIED[connection.vendor].get(column, f'"{column}"') for column in columns]
    names = ", ".join(f'"{column}"' for column in columns)
    table = GraphExecution._meta.db_table
    series = "WITH RECURSIVE series(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM series WHERE n < %s)"
    copies = f"SELECT {', '.join(values)} FROM {table}, series WHERE id = %s"
    id_ = adapters(connection.vendor).uuid(pattern.id)
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO {table} ({names}) {series} {copies}", [FILL_ROWS, id_])
        cursor.execute("ANALYZE")
