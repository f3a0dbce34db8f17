"""Measuring in the database that the settings name: each execution, then its floor."""

import asyncio
import gc
import statistics
import time
from collections.abc import Sequence

from django.core.management import call_command

from accounts.models import User
from bench import graphs
from bench.floor import rewrite
from credits.ledger import grant
from executor.claim import claim
from executor.events import changes_committed
from executor.jobs import run_claimed
from executor.journal.journal import Journal
from executor.launch import launch
from executor.statuses import Status
from executor.threads import DatabaseThread
from graphs.document import GraphDocument
from graphs.models import Graph, GraphVersion
from graphs.storage import write_version

WARM_UP = 2


def measure(rounds: int) -> None:
    call_command("migrate", verbosity=0)
    changes_committed.receivers = []
    user = User.objects.create_user("bench@example.org")
    grant(user.credit_account, amount=1000, key="bench", reason="For the benchmark")
    gc.freeze()  # as the worker does
    asyncio.run(compare(user, [graphs.chain(), graphs.fan_out(), graphs.grid()], rounds))


async def compare(user: User, documents: Sequence[GraphDocument], rounds: int) -> None:
    async with DatabaseThread() as database, Journal(database) as journal:
        for document in documents:
            version = await database.run(store, user, document)
            pairs = [await measure_once(user, version, journal) for _ in range(rounds + WARM_UP)]
            report(document, pairs[WARM_UP:])


def store(user: User, document: GraphDocument) -> GraphVersion:
    return write_version(Graph.objects.create(id=document.id, owner=user, name=document.name), document)


async def measure_once(user: User, version: GraphVersion, journal: Journal) -> tuple[float, float]:
    """Seconds of one execution from its claim to its end, and of writing the same rows without the engine."""
    run = journal.database.run
    execution = await run(launch, user, version, inputs={})
    gc.collect()
    begun = time.perf_counter()
    mine = await run(claim, execution.id, owner="bench")
    assert mine is not None
    await run_claimed(mine, journal)
    seconds = time.perf_counter() - begun
    await run(execution.refresh_from_db)
    assert execution.status == Status.COMPLETED, execution.error
    return seconds, await run(rewrite, execution)


def report(document: GraphDocument, pairs: Sequence[tuple[float, float]]) -> None:
    nodes = len(document.nodes)
    ratio = statistics.median(engine / floor for engine, floor in pairs)
    engine, floor = (1e6 * statistics.median(column) / nodes for column in zip(*pairs, strict=True))
    print(f"  {document.name:24}{engine:12.1f}{floor:12.1f}{ratio:8.1f}", flush=True)
