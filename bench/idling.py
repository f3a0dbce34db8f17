"""A worker that has little to do: how soon it begins, and what executions cost that wait."""

import statistics
from collections.abc import Sequence
from datetime import UTC, datetime

from django.db.models import Max, Min

from accounts.models import User
from bench import graphs
from bench.installation import Process, completed, have_ended, redis, wait_until, workers
from bench.measuring import make_user, store
from bench.report import tell
from executor.launching.launch import launch
from executor.models import GraphExecution, NodeExecution
from executor.statuses import Status
from graphs.models import GraphVersion

TOGETHER = 200
TOGETHER_SECONDS = 1.0
MANY = 1000
MANY_SECONDS = 30.0


def measure(rounds: int) -> None:
    user = make_user()
    with redis():
        with workers(1, concurrency=TOGETHER) as (worker,):
            _measure_latency(user, rounds)
            _measure_together(user, worker)
        with workers(2, concurrency=MANY // 2) as pair:
            _measure_many(user, pair)


def _measure_latency(user: User, rounds: int) -> None:
    """From the commit of a launch to the start of its node."""
    version = store(user, graphs.single())
    _latency(user, version)  # the worker is there, and knows the graph
    found = sorted(_latency(user, version) for _ in range(rounds))
    p95 = found[int(0.95 * len(found))]
    tell("worker", "first node after", p50=statistics.median(found), p95=p95, most_p50=10, most_p95=25, unit="ms")


def _latency(user: User, version: GraphVersion) -> float:
    execution = launch(user, version, inputs={})
    committed = datetime.now(UTC)
    wait_until(lambda: have_ended([execution]))
    (node,) = NodeExecution.objects.filter(execution=execution)
    assert node.started_at is not None
    # The ring is sent after the commit and before launch returns, so that a node may have started by now.
    return max(0.0, (node.started_at - committed).total_seconds() * 1000)


def _measure_together(user: User, worker: Process) -> None:
    """From the first start to the last end; the worker has them all at once."""
    version = store(user, graphs.waiting(TOGETHER_SECONDS))
    executions = [launch(user, version, inputs={}) for _ in range(TOGETHER)]
    wait_until(lambda: have_ended(executions))
    assert completed(executions) == TOGETHER
    tell(
        "worker",
        f"{TOGETHER} that wait {TOGETHER_SECONDS:g} s",
        seconds=_makespan(executions),
        most_seconds=1.5,
        resident_megabytes=worker.resident_bytes / 1e6,
        most_megabytes=150,
    )


def _makespan(executions: Sequence[GraphExecution]) -> float:
    """Beside the time that launching them took, as they begin while others are still launched."""
    rows = GraphExecution.objects.filter(id__in=[execution.id for execution in executions])
    times = rows.aggregate(created=Max("created_at"), first=Min("started_at"), last=Max("ended_at"))
    return float((times["last"] - max(times["created"], times["first"])).total_seconds())


def _measure_many(user: User, pair: Sequence[Process]) -> None:
    """What each waiting execution adds to the processes that hold it."""
    version = store(user, graphs.waiting(MANY_SECONDS))
    warm = [launch(user, store(user, graphs.waiting(0)), inputs={}) for _ in range(20)]
    wait_until(lambda: have_ended(warm))
    before = sum(worker.resident_bytes for worker in pair)
    executions = [launch(user, version, inputs={}) for _ in range(MANY)]
    running = NodeExecution.objects.filter(execution__version=version, status=Status.RUNNING)
    wait_until(lambda: running.count() > 0.95 * MANY or have_ended(executions))
    at_once = running.count()
    added = sum(worker.resident_bytes for worker in pair) - before
    wait_until(lambda: have_ended(executions))
    assert completed(executions) == MANY
    tell(
        "worker",
        f"{MANY} that wait, 2 workers",
        at_once=at_once,
        kilobytes_each=added / 1000 / max(1, at_once),
        most_kilobytes=200,
    )
