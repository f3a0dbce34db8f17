"""Blocks that would take a worker down: found, named and failed, and the others do not pay for it."""

from pathlib import Path

import pytest
from rq import Queue

from accounts.models import User
from blocks.registry import registry
from executor.models import GraphExecution, NodeExecution
from executor.statuses import TERMINAL, Status
from tests.executor.building import build, result
from tests.executor.processes import process
from tests.executor.running import fresh, outputs, started
from tests.executor.worker.blocks import DieBlock, EatBlock, HoldBlock, StallAtOnceBlock, StallBlock
from tests.executor.worker.cast import worker
from tests.factories import make_user
from tests.house.processes import is_alive, wait_until

pytestmark = pytest.mark.django_db(transaction=True)

BLOCKS = {
    "BLOCK_MODULES": "tests.executor.blocks,tests.executor.worker.blocks",
    "WORKER_STALL_SECONDS": "1",
    "LEASE_SECONDS": "8",  # the first process of its own takes its time to start
}
LONG_SECONDS = 600
GIB = 1024**3


@pytest.fixture
def ada(monkeypatch: pytest.MonkeyPatch) -> User:
    """She may use them here, too."""
    for kind in (StallBlock, StallAtOnceBlock, DieBlock, EatBlock, HoldBlock):
        monkeypatch.setitem(registry._blocks, kind.id, kind())
    return make_user()


def one(user: User, block: str, **constants: object) -> GraphExecution:
    return started(user, build({"n": (block, constants)}))


def neighbours(user: User, log: Path, seconds: float = 3) -> list[GraphExecution]:
    graph = {"p": ("Pause", {"value": 1, "seconds": seconds, "log": str(log)}), "out": result("out")}
    return [started(user, build(graph, ["p.value -> out.value"])) for _ in range(4)]


def only_node(execution: GraphExecution) -> NodeExecution:
    return NodeExecution.objects.get(execution=execution)


@pytest.mark.parametrize(
    ("block", "spins"),
    [("Stall", False), ("StallAtOnce", False), pytest.param("Stall", True, marks=pytest.mark.slow)],
    ids=["asleep", "without a task", "at work"],
)
def test_a_block_that_stalls_the_worker_is_failed_by_name(
    ada: User, queue: Queue, tmp_path: Path, block: str, spins: bool
) -> None:
    with worker(queue, **BLOCKS) as started_worker:
        others = neighbours(ada, tmp_path / "log", seconds=1)
        stalling = one(ada, block, seconds=LONG_SECONDS, spins=spins)
        wait_until(lambda: all(fresh(execution).status in TERMINAL for execution in (stalling, *others)))
        assert started_worker.poll() is None
    node = only_node(stalling)
    assert node.status == Status.FAILED
    assert node.error.startswith(f"The block {block} kept its worker from all other work for 1 seconds")
    assert [outputs(execution) for execution in others] == [{"out": [2]}] * 4
    assert [fresh(execution).fence for execution in others] == [1] * 4


def test_a_block_that_ends_its_process_is_poison_and_its_neighbours_complete(
    ada: User, queue: Queue, tmp_path: Path
) -> None:
    log, deaths = tmp_path / "log", tmp_path / "deaths"
    others = neighbours(ada, log)
    dying = one(ada, "Die", log=str(deaths))
    with worker(queue, **BLOCKS) as first:
        first.wait(20)
    with process("clock"), worker(queue, **BLOCKS) as second:
        wait_until(lambda: fresh(dying).status in TERMINAL, seconds=40)
        wait_until(lambda: all(fresh(execution).status in TERMINAL for execution in others), seconds=40)
        assert second.poll() is None
    assert (fresh(dying).status, fresh(dying).error_code) == (Status.FAILED, "poison")
    pids = deaths.read_text().split()[1::2]
    assert len(set(pids)) == 3, "each time in another process"
    assert [fresh(execution).status for execution in others] == [Status.COMPLETED] * 4


@pytest.mark.slow
def test_a_block_that_nothing_can_interrupt_is_poison_and_its_neighbours_complete(
    ada: User, queue: Queue, tmp_path: Path
) -> None:
    """It holds Python's lock, so that even the watchdog's thread stands still: what is left ends the process."""
    log, holds = tmp_path / "log", tmp_path / "holds"
    quick = {**BLOCKS, "LEASE_SECONDS": "4", "MAX_CLAIMS": "2"}
    with worker(queue, **quick) as first:
        others = neighbours(ada, log)
        wait_until(lambda: log.exists() and log.read_text().count("start") == len(others))
        holding = one(ada, "Hold", log=str(holds), length=10**12)
        assert first.wait(20) == 1
    with process("clock", **quick), worker(queue, **quick) as second:
        wait_until(lambda: all(fresh(execution).status in TERMINAL for execution in (holding, *others)), seconds=60)
        assert second.poll() is None
    assert (fresh(holding).status, fresh(holding).error_code) == (Status.FAILED, "poison")
    pids = holds.read_text().split()[1::2]
    assert (pids[0], len(set(pids))) == (str(first.pid), 2)
    assert [outputs(execution) for execution in others] == [{"out": [2]}] * 4


@pytest.mark.slow
def test_a_suspect_that_wants_too_much_memory_fails_its_node_alone(ada: User, queue: Queue, tmp_path: Path) -> None:
    eating = one(ada, "Eat", log=str(tmp_path / "eaten"), bytes=4 * GIB)
    with worker(queue, **BLOCKS) as first:
        first.wait(20)
    with process("clock"), worker(queue, **BLOCKS):
        wait_until(lambda: fresh(eating).status in TERMINAL, seconds=40)
    assert only_node(eating).error == "The block failed with MemoryError."


def test_a_killed_worker_takes_its_suspects_with_it(ada: User, queue: Queue, tmp_path: Path) -> None:
    log = tmp_path / "log"
    graph = build({"p": ("Pause", {"value": 1, "seconds": LONG_SECONDS, "log": str(log)})})
    execution = started(ada, graph)
    GraphExecution.objects.filter(id=execution.id).update(claims=1)
    with worker(queue, **BLOCKS) as only:
        wait_until(log.exists)
        children = _descendants(only.pid)
        assert len(children) >= 2
        only.kill()
        only.wait()
        wait_until(lambda: not any(is_alive(pid) for pid in children))


def _descendants(pid: int) -> list[int]:
    found = []
    for thread in Path(f"/proc/{pid}/task").iterdir():
        for child in (thread / "children").read_text().split():
            found += [int(child), *_descendants(int(child))]
    return found
