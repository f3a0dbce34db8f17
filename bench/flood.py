"""Many executions at once through the whole of an installation."""

from collections.abc import Sequence

from asgiref.sync import async_to_sync
from django.db.models import Max, Min, Sum

from accounts.models import User
from bench import graphs
from bench.installation import completed, have_ended, redis, wait_until, workers
from bench.measuring import make_user, store
from bench.report import tell
from credits.audit import audit
from executor.launching.launch import launch
from executor.models import GraphExecution, NodeExecution, NodeOutput
from executor.statuses import Status
from graphs.models import GraphVersion
from realtime import connection

EXECUTIONS = 200
#: Nodes per second of one core.
LEAST = {"sqlite": 6500, "postgresql": 3300}


def measure(rounds: int) -> None:
    user = make_user()
    with redis():
        for document in (graphs.chain(), graphs.grid()):
            version = store(user, document)
            for _ in range(rounds):
                _measure_once(user, version)
    assert audit() == []


def _measure_once(user: User, version: GraphVersion) -> None:
    executions = [launch(user, version, inputs={}) for _ in range(EXECUTIONS)]
    with workers(1, concurrency=EXECUTIONS) as (worker,):
        wait_until(lambda: _begun(executions))
        before = worker.cpu_seconds
        wait_until(lambda: have_ended(executions))
        cpu_seconds = worker.cpu_seconds - before
    nodes = _check(executions, version)
    rows = GraphExecution.objects.filter(id__in=[execution.id for execution in executions])
    times = rows.aggregate(first=Min("started_at"), last=Max("ended_at"))
    wall_seconds = (times["last"] - times["first"]).total_seconds()
    tell(
        "endtoend",
        version.name,
        nodes_per_cpu_second=nodes / cpu_seconds,
        nodes_per_second=nodes / wall_seconds,
        executions_per_second=EXECUTIONS / wall_seconds,
        least=LEAST[_vendor()],
    )


def _begun(executions: Sequence[GraphExecution]) -> bool:
    ids = [execution.id for execution in executions]
    return GraphExecution.objects.filter(id__in=ids).exclude(status=Status.QUEUED).exists()


def _check(executions: Sequence[GraphExecution], version: GraphVersion) -> int:
    """Everything is there: how many nodes have run."""
    nodes = len(executions) * version.nodes.count()
    ids = [execution.id for execution in executions]
    runs = NodeExecution.objects.filter(execution__in=ids, status=Status.COMPLETED)
    assert completed(executions) == len(executions)
    assert runs.count() == nodes
    assert NodeOutput.objects.filter(node_execution__execution__in=ids).count() == nodes
    assert GraphExecution.objects.filter(id__in=ids).aggregate(found=Sum("counted"))["found"] == nodes
    assert async_to_sync(_streamed)(executions) == len(executions), "Some executions have no stream of events."
    return nodes


async def _streamed(executions: Sequence[GraphExecution]) -> int:
    client = await connection.client()
    found = await client.keys("*")
    text = b" ".join(found).decode()
    return sum(str(execution.id) in text for execution in executions)


def _vendor() -> str:
    from django.db import connection as database

    return database.vendor
