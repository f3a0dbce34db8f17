"""How seldom the database is asked from the claim of a small execution to its end: as good as nothing may be added."""

import asyncio
import itertools
import tempfile
from collections.abc import Callable, Iterator
from typing import IO, Any

import pytest
from django.conf import LazySettings
from django.db import connection
from django.db.backends.signals import connection_created

from executor.hosting.workplace import shared_workplace
from executor.jobs import run_execution
from executor.models import GraphExecution
from executor.statuses import Status
from tests.executor.building import build
from tests.executor.running import fresh, started
from tests.factories import make_user

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("redis_url")]

#: The claim, the first look, the only commit, which charges the fee and so asks first, and whether others wait.
ROUND_TRIPS = 5
#: The same as statements: the claim; three for the first look; BEGIN, the fence, the account and its count of node
#: executions, the node execution, its output, and COMMIT; whether others wait.
STATEMENTS = 12
#: What looks at the clock may fall into one of so many executions, but not into all.
EXECUTIONS = 5


@pytest.fixture
def opened() -> Iterator[list[Any]]:
    """The driver's connections that were made meanwhile, in whichever thread."""
    found: list[Any] = []

    def note(connection: Any, **kwargs: Any) -> None:
        found.append(connection.connection)

    connection_created.connect(note)
    yield found
    connection_created.disconnect(note)


def _least(count: "Callable[[list[Any]], Counter]", opened: list[Any]) -> int:
    """Of several executions in a worker that is warm."""
    user = make_user()
    executions = [started(user, build({"echo": ("Echo", {"value": 1})})) for _ in range(EXECUTIONS + 1)]
    found: list[int] = []

    async def run_all() -> None:
        async with shared_workplace():
            await run_execution(str(executions[0].id))
            for execution in executions[1:]:
                counter, known = count(opened), len(opened)
                await run_execution(str(execution.id))
                counted = counter.stop()
                if len(opened) == known:  # nobody counts on a connection that was made meanwhile
                    found.append(counted)

    asyncio.run(run_all())
    assert {fresh(execution).status for execution in executions} == {Status.COMPLETED}
    return min(found)


class Counter:
    """SQLite's statements. One that writes may be told twice."""

    def __init__(self, opened: list[Any]) -> None:
        self._opened = opened
        self._seen: list[str] = []
        for each in opened:
            each.set_trace_callback(self._seen.append)

    def stop(self) -> int:
        for each in self._opened:
            each.set_trace_callback(None)
        repeated = [(a, b) for a, b in itertools.pairwise(self._seen) if a == b and not a.startswith("SELECT")]
        return len(self._seen) - len(repeated)


class Wires(Counter):
    """How often PostgreSQL's client waits for the server: what is sent, then what is received, is one round trip."""

    def __init__(self, opened: list[Any]) -> None:
        self._traces: list[tuple[Any, IO[str]]] = []
        for each in opened:
            trace = tempfile.TemporaryFile("w+")  # noqa: SIM115 - `stop` closes it
            each.pgconn.trace(trace.fileno())
            self._traces.append((each.pgconn, trace))

    def stop(self) -> int:
        for pgconn, _ in self._traces:
            pgconn.untrace()
        return sum(_turns(trace) for _, trace in self._traces)


def _turns(trace: IO[str]) -> int:
    with trace:
        trace.seek(0)
        sides = [line.split("\t")[1] for line in trace if line.count("\t") > 1]
    return sum(before == "F" and after == "B" for before, after in itertools.pairwise(sides))


def test_from_the_claim_to_the_end_there_are_few_steps(opened: list[Any], settings: LazySettings) -> None:
    settings.DISPATCH_WINDOW = 10
    settings.JOURNAL_LINGER_MILLISECONDS = 1000  # on a busy machine, too, there is nothing to write before the end
    if connection.vendor == "postgresql":
        assert _least(Wires, opened) == ROUND_TRIPS
    else:
        assert _least(Counter, opened) == STATEMENTS


def test_what_is_asked_is_counted(opened: list[Any]) -> None:
    connection.close()
    connection.ensure_connection()
    counter = (Wires if connection.vendor == "postgresql" else Counter)(opened)
    for status in (Status.RUNNING, Status.QUEUED, Status.COMPLETED):
        assert not GraphExecution.objects.filter(status=status).exists()
    assert counter.stop() == 3
