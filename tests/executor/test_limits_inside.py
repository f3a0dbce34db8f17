"""What bounds an execution from inside: all is well at each limit, and beyond it the error names the limit."""

import asyncio
import itertools

import pytest
from django.conf import LazySettings

from accounts.models import User
from executor.engine.values import NAME_CHARACTERS
from executor.jobs import run_execution
from executor.models import NodeExecution
from executor.statuses import Status
from graphs.document import GraphDocument
from tests.executor.awaiting import until
from tests.executor.blocks import GATES, LOG
from tests.executor.building import build, given, result
from tests.executor.running import fresh, node_executions, outputs, ran, started, store
from tests.factories import make_user

pytestmark = pytest.mark.django_db(transaction=True)

WAIT_SECONDS = 20
ERROR_CHARACTERS = 4096
_names = itertools.count()


@pytest.fixture
def ada() -> User:
    return make_user()


def tower(user: User, floors: int) -> GraphDocument:
    """A graph that runs one that runs one …: so many inside the outermost."""
    document = build({"e": ("Echo", {"value": 7}), "out": result("out")}, ["e.value -> out.value"])
    for _ in range(floors):
        store(user, document)
        sub = ("AgentExecutor", {"graph_id": document.id, "graph_version": 1})
        document = build({"sub": sub, "out": result("out")}, ["sub.out -> out.value"])
    return document


def test_graphs_run_so_deep_inside_graphs_and_no_deeper(ada: User, settings: LazySettings) -> None:
    settings.SUBGRAPH_MAX_DEPTH = 2
    assert outputs(ran(ada, tower(ada, 2))) == {"out": [7]}
    execution = ran(ada, tower(ada, 3))
    assert (execution.status, outputs(execution)) == (Status.COMPLETED, {})
    failed = NodeExecution.objects.get(execution__root=execution, status=Status.FAILED)
    assert failed.error == "Sub-graphs may be 2 deep (SUBGRAPH_MAX_DEPTH)."
    assert execution.descendants.count() == 2


@pytest.mark.parametrize("most", [1, 3])
def test_so_many_nodes_run_at_once_and_the_next_waits_for_one_of_them(
    ada: User, settings: LazySettings, most: int
) -> None:
    settings.NODES_IN_FLIGHT = most
    name = f"in flight {next(_names)} "
    gates = {f"g{i}": ("Gate", {"value": i, "gate": name, "log": name}) for i in range(most + 1)}
    execution, other = started(ada, build(gates)), started(ada, build({"e": ("Echo", {"value": 1})}))

    async def watch() -> None:
        task = asyncio.create_task(run_execution(str(execution.id)))
        await until(lambda: at_work(name) == [*range(1, most + 1)], task)
        await asyncio.wait_for(run_execution(str(other.id)), WAIT_SECONDS)  # time enough for one more to begin
        for number in range(most + 1):
            GATES[f"{name}{number}"].set()
        await asyncio.wait_for(task, WAIT_SECONDS)

    asyncio.run(watch())
    assert fresh(execution).status == Status.COMPLETED
    assert (max(at_work(name)), len(at_work(name))) == (most, 2 * (most + 1))


def at_work(log: str) -> list[int]:
    """How many were at work after each entry."""
    steps = (1 if str(entry).startswith("start") else -1 for entry in LOG[log])
    return list(itertools.accumulate(steps))


@pytest.mark.parametrize("characters", [NAME_CHARACTERS, NAME_CHARACTERS + 1])
def test_an_output_has_a_name_of_so_many_characters(ada: User, characters: int) -> None:
    child = build({"a": given("a", 7), "out": result("n" * characters)}, ["a.result -> out.value"])
    store(ada, child)
    (row,) = node_executions(ran(ada, build({"sub": ("AgentExecutor", {"graph_id": child.id})})), "sub")
    is_allowed = characters == NAME_CHARACTERS
    assert row.status == (Status.COMPLETED if is_allowed else Status.FAILED)
    assert row.error == ("" if is_allowed else "The name of an output has 501 characters; 500 are allowed.")


@pytest.mark.parametrize("characters", [ERROR_CHARACTERS, ERROR_CHARACTERS + 1, 1_000_000])
def test_of_a_long_error_the_beginning_is_kept(ada: User, characters: int) -> None:
    message = "b" + "o" * (characters - 1)
    document = build(
        {"bad": ("Explode", {"value": 1, "message": message}), "out": result("out")}, ["bad.error -> out.value"]
    )
    execution = ran(ada, document)
    (row,) = node_executions(execution, "bad")
    assert (row.error, outputs(execution)) == (message[:ERROR_CHARACTERS], {"out": [message[:ERROR_CHARACTERS]]})
