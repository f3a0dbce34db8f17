"""What falls out of a sprint, because it must wait after all, needs a place like everything else that waits."""

import asyncio
from collections.abc import Iterable

import pytest
from django.conf import LazySettings

from executor.engine.emissions import never_waits
from executor.engine.sprint import Sprint
from executor.engine.work import Work
from executor.jobs import run_execution
from executor.models import GraphExecution, NodeExecution
from executor.statuses import Status
from executor.stopping.cancel import request_cancel
from graphs.document import GraphDocument
from tests.executor.awaiting import until
from tests.executor.blocks import GATES, LOG
from tests.executor.building import build, with_policy
from tests.executor.running import fresh, node_executions, ran, started, statuses
from tests.executor.sprinting_blocks import BulkyBlock
from tests.factories import make_user

PLACES = 4
SECONDS = 20
WIDE, WAITING = 1000, 40


@pytest.fixture(autouse=True)
def few_places(settings: LazySettings) -> None:
    settings.NODES_IN_FLIGHT, settings.NODE_OUTPUT_INLINE_BYTES = PLACES, 1000


def _most_at_once(rows: Iterable[NodeExecution]) -> int:
    """How many of them were running in the same moment."""
    moments = sorted(
        (moment, step) for row in rows for moment, step in ((row.started_at, 1), (row.ended_at, -1)) if moment
    )
    running = most = 0
    for _, step in moments:
        running += step
        most = max(most, running)
    return most


# --- the sprint alone


class _Run:
    """As much of a node execution as a sprint looks at."""

    is_finished = False


async def _sprinted(number: int) -> tuple[int, int, int]:
    """How many had begun when there was no place, when there was one, and when there always was one."""
    begun: list[object] = []
    places = [False]

    def step(run: object) -> Work:
        begun.append(run)
        return Work(None, run)  # type: ignore[arg-type]

    tasks: list[asyncio.Future[None]] = []
    sprint = Sprint(step, lambda work: tasks.append(asyncio.ensure_future(work)), lambda work: places[0])
    found = []
    for _ in range(number):
        sprint.add(_Run())  # type: ignore[arg-type]
    await asyncio.gather(*tasks)
    found.append(len(begun))
    places[0] = True
    sprint.go_on()
    await asyncio.gather(*tasks)
    found.append(len(begun))
    sprint.add(_Run())  # type: ignore[arg-type]
    await asyncio.gather(*tasks)
    return found[0], found[1], len(begun)


def test_nothing_more_is_begun_while_one_waits_half_done_for_a_place() -> None:
    assert asyncio.run(asyncio.wait_for(_sprinted(100), SECONDS)) == (1, 100, 101)


# --- in executions


@pytest.mark.django_db(transaction=True)
def test_a_wide_graph_of_sprinting_and_waiting_nodes_keeps_to_its_places() -> None:
    document = build(
        {
            "wide": ("Count", {"count": WIDE}),
            "bulky": ("Bulky", {}),
            "few": ("Count", {"count": WAITING}),
            "pause": ("Pause", {"seconds": 0}),
        },
        ["wide.number -> bulky.value", "few.number -> pause.value"],
    )
    execution = ran(make_user(), document)
    assert execution.status == Status.COMPLETED, execution.error
    rows = list(NodeExecution.objects.filter(execution=execution))
    assert len(rows) == 2 + WIDE + WAITING
    assert {row.status for row in rows} == {Status.COMPLETED}
    assert PLACES <= _most_at_once(rows) <= PLACES + 1  # one may wait half done


def _held_up(gate: str) -> GraphDocument:
    """As many nodes as there are places wait at a gate; what falls out of a sprint waits for them."""
    gates = {f"gate{number}": ("Gate", {"value": number, "gate": gate, "log": gate}) for number in range(PLACES)}
    return build({**gates, "bulky": ("Bulky", {"value": 0}), "small": ("Bulky", {"value": 1})})


async def _run_and(execution: GraphExecution, gate: str, *, stop: bool) -> None:
    """Once all places are taken, stop the execution, or open the gates."""
    running = asyncio.create_task(run_execution(str(execution.id)))
    await until(lambda: len(LOG[gate]) == PLACES)
    if stop:
        await asyncio.to_thread(request_cancel, execution)
    else:
        for number in range(PLACES):
            GATES[f"{gate}{number}"].set()
    await asyncio.wait_for(running, SECONDS)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("stop", [False, True])
def test_what_waits_half_done_goes_on_or_ends_with_the_rest(stop: bool) -> None:
    gate = f"held up {stop}"
    LOG[gate].clear()
    execution = started(make_user(), _held_up(gate))
    asyncio.run(_run_and(execution, gate, stop=stop))
    expected = Status.TERMINATED if stop else Status.COMPLETED
    assert fresh(execution).status == expected
    names = [*(f"gate{number}" for number in range(PLACES)), "bulky", "small"]
    found = [status for name in names for status in statuses(node_executions(execution, name))]
    assert len(found) == PLACES + 2
    assert set(found[: PLACES + 1]) == {expected}


@pytest.mark.django_db(transaction=True)
def test_what_waits_half_done_may_finish_although_another_node_has_failed_its_graph(settings: LazySettings) -> None:
    settings.NODES_IN_FLIGHT = 1
    document = build({"gate": ("Gate", {"value": 0, "gate": "never opened"}), "bulky": ("Bulky", {"value": 0})})
    execution = ran(make_user(), with_policy(document, "gate", on_error="fail", timeout_seconds=0.2))
    assert (execution.status, execution.error_code) == (Status.FAILED, "node_failed")
    assert statuses(node_executions(execution, "bulky")) == [Status.COMPLETED]


def test_the_bulky_block_sprints() -> None:
    assert never_waits(BulkyBlock)
