"""The scheduler alone: the same executions without a journal and without a database."""

import asyncio
import gc
import statistics
import time

from accounts.models import User
from bench.report import tell
from executor.dispatch.claim import Claim
from executor.engine.execution import Execution
from executor.engine.surroundings import Surroundings
from executor.hosting.loading import Loaded, load
from executor.hosting.services import services_for
from executor.hosting.threads import DatabaseThread
from executor.jobs import limits
from executor.journal.session import Session
from executor.large.files import StoredFiles
from executor.launching.launch import launch
from executor.statuses import Status
from graphs.models import GraphVersion

#: Microseconds that a node may take.
MOST = 15.0


async def measure_alone(user: User, version: GraphVersion, database: DatabaseThread, rounds: int) -> None:
    seconds = [await _once(user, version, database) for _ in range(rounds)]
    nodes = await database.run(version.nodes.count)
    tell("scheduler", version.name, microseconds=1e6 * statistics.median(seconds) / nodes, most=MOST, rounds=rounds)


async def _once(user: User, version: GraphVersion, database: DatabaseThread) -> float:
    """Seconds of this thread's time from the first node to the end."""
    execution = await database.run(launch, user, version, inputs={}, ring=False)
    loaded = await database.run(load, execution.id)
    session = Session(Claim(execution.id, fence=1, claims=1, owner="bench"), loaded.root, wake=_commit_nothing)
    gc.collect()
    begun = time.thread_time()
    await Execution(
        loaded.root, session=session, surroundings=_surroundings(loaded, database), children=loaded.children
    ).run()
    seconds = time.thread_time() - begun
    assert all(run.status is Status.COMPLETED for run in loaded.root.runs)
    return seconds


def _commit_nothing(session: Session) -> None:
    if session.is_urgent:
        asyncio.get_running_loop().call_soon(lambda: session.settle(session.take()[1], {}))


def _surroundings(loaded: Loaded, database: DatabaseThread) -> Surroundings:
    return Surroundings(
        plans=loaded.plans,
        services=services_for(loaded.root.user_id, database, loaded.root.id),
        prices=loaded.prices,
        limits=limits(),
        timezone=loaded.timezone,
        files=StoredFiles(),
    )
