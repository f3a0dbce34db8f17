"""The engine with its journal, in the database that the settings name: each execution, then its floor."""

import asyncio
import gc
import time
from collections.abc import Sequence

from django.core.management import call_command
from django.db import connection

from accounts.models import User
from bench import graphs
from bench.alone import measure_alone
from bench.floor import rewrite, rewrite_one_by_one
from bench.report import tell_beside
from credits.ledger import grant
from executor.dispatch.claim import claim
from executor.events import changes_committed
from executor.hosting.workplace import Workplace, workplace
from executor.jobs import run_claimed
from executor.launching.launch import launch
from executor.models import GraphExecution, NodeOutput
from executor.statuses import Status
from graphs.document import GraphDocument
from graphs.models import Graph, GraphVersion
from graphs.storage import write_version
from reliability.garbage import collect_seldom

WARM_UP = 2
#: How many times the floor an execution of PURE nodes may take.
MOST = {"sqlite": 6.0, "postgresql": 1.5}
#: The same where each node waits for the commit of its start.
MOST_WAITING = 1.3


def measure(rounds: int) -> None:
    user = make_user()
    collect_seldom()  # as the worker does
    asyncio.run(_measure(user, rounds))


def measure_commits(rounds: int) -> None:
    """The same for nodes that each wait for the commit of their start; the floor commits each node by itself."""
    user = make_user()
    collect_seldom()
    asyncio.run(_measure_commits(user, rounds))


def make_user() -> User:
    """Someone who has credits, in a new database. Nobody listens to what is committed."""
    call_command("migrate", verbosity=0)
    changes_committed.receivers = []
    user: User = User.objects.create_user("bench@example.org")
    grant(user.credit_account, amount=1_000_000, key="bench", reason="For the benchmark")
    return user


async def _measure(user: User, rounds: int) -> None:
    async with workplace() as here:
        for document in (graphs.chain(), graphs.fan_out(), graphs.grid()):
            version = await here.database.run(store, user, document)
            pairs = [await measure_once(user, version, here) for _ in range(rounds + WARM_UP)]
            _tell("engine", document, pairs[WARM_UP:], most=MOST[connection.vendor])
            await measure_alone(user, version, here.database, rounds)


async def _measure_commits(user: User, rounds: int) -> None:
    async with workplace() as here:
        for document in (graphs.waiting_chain(), graphs.priced_chain()):
            version = await here.database.run(store, user, document)
            pairs = [await measure_once(user, version, here, one_by_one=True) for _ in range(rounds + WARM_UP)]
            _tell("commits", document, pairs[WARM_UP:], most=MOST_WAITING)


def store(user: User, document: GraphDocument) -> GraphVersion:
    return write_version(Graph.objects.create(id=document.id, owner=user, name=document.name), document)


async def measure_once(
    user: User, version: GraphVersion, here: Workplace, *, one_by_one: bool = False
) -> tuple[float, float]:
    """Seconds of one execution from its claim to its end, and of writing the same rows without the engine.

    one_by_one: the floor commits each node execution by itself.
    """
    run = here.database.run
    execution = await run(launch, user, version, inputs={}, ring=False)
    gc.collect()
    begun = time.perf_counter()
    mine = await run(claim, execution.id, owner="bench")
    assert mine is not None
    await run_claimed(mine, here)
    seconds = time.perf_counter() - begun
    await run(check, execution, version)
    return seconds, await run(rewrite_one_by_one if one_by_one else rewrite, execution)


def check(execution: GraphExecution, version: GraphVersion) -> None:
    """A fast engine that loses rows would be none. Each node has run once, and emitted one value."""
    nodes = version.nodes.count()
    execution.refresh_from_db()
    assert execution.status == Status.COMPLETED, execution.error
    assert execution.node_executions.filter(status=Status.COMPLETED).count() == nodes
    assert NodeOutput.objects.filter(node_execution__execution=execution).count() == nodes
    assert execution.counted == nodes, "Not all of them are counted for the execution fee."


def _tell(bench: str, document: GraphDocument, pairs: Sequence[tuple[float, float]], *, most: float) -> None:
    tell_beside(bench, document.name, pairs, units=len(document.nodes), most=most)
