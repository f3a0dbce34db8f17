"""Blocks that block run in threads: outputs, limits and stops are as ever, and nobody waits for them in vain."""

import asyncio
import itertools
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator

import pytest
from django.conf import LazySettings

from accounts.models import User
from blocks.base import Block
from executor.engine.threads import Threads
from executor.hosting.services import blocking_threads
from executor.jobs import run_execution
from executor.models import GraphExecution, KeyValue, NodeExecution
from executor.statuses import Status
from executor.stopping.cancel import request_cancel
from graphs.document import GraphDocument
from tests.executor.awaiting import until
from tests.executor.blocks import LOG
from tests.executor.books import assert_books
from tests.executor.building import build, result, with_policy
from tests.executor.running import fresh, node_executions, outputs, ran, started
from tests.executor.trying_blocks import DOORS, BlockingBlock, RememberingBlock
from tests.factories import make_user
from tests.house.processes import ROOT

pytestmark = pytest.mark.django_db(transaction=True)

SECONDS = 10
_names = itertools.count()


@pytest.fixture
def ada() -> User:
    return make_user()


@pytest.fixture
def name() -> Iterator[str]:
    """Of a door and a log that no other test has; the door is open afterwards."""
    name = f"blocking {next(_names)}"
    yield name
    DOORS[name].set()


@pytest.fixture
def _two_threads(settings: LazySettings) -> Iterator[None]:
    settings.BLOCKING_THREADS = 2
    blocking_threads.cache_clear()
    yield
    blocking_threads.cache_clear()


def alone(count: int = 1, **constants: object) -> GraphDocument:
    nodes = {"n": ("Blocking", {"count": count, **constants}), "out": result("out")}
    return build(nodes, ["n.number -> out.value"])


def only(execution: GraphExecution) -> NodeExecution:
    (row,) = node_executions(execution, "n")
    return row


def test_outputs_come_in_order_from_a_thread_of_their_own(ada: User, name: str) -> None:
    execution = ran(ada, alone(100, log=name))
    assert only(execution).status == Status.COMPLETED
    numbers = list(only(execution).outputs.order_by("index").values_list("data", flat=True))
    assert (numbers, sorted(outputs(execution)["out"])) == (list(range(100)), list(range(100)))
    assert LOG[name][0] == "block-Blocking"


def test_a_failure_in_a_thread_is_the_nodes(ada: User, name: str) -> None:
    row = only(ran(ada, alone(2, log=name, message="no more")))
    assert (row.status, row.error, row.outputs.count()) == (Status.FAILED, "no more", 3)


def test_others_go_on_while_a_block_blocks(ada: User, name: str) -> None:
    document = build({"n": ("Blocking", {"door": name, "log": name}), "echo": ("Echo", {"value": 1})})
    execution = started(ada, document)

    async def open_when_the_other_is_done() -> None:
        task = asyncio.create_task(run_execution(str(execution.id)))
        others = NodeExecution.objects.filter(execution=execution, status=Status.COMPLETED)
        await until(others.exists, task)
        assert not DOORS[name].is_set()
        DOORS[name].set()
        await asyncio.wait_for(task, SECONDS)

    asyncio.run(open_when_the_other_is_done())
    assert only(execution).status == Status.COMPLETED


def test_a_block_that_never_returns_ends_at_its_time_limit(ada: User, name: str) -> None:
    begun = time.monotonic()
    execution = ran(ada, with_policy(alone(door=name, log=name), "n", timeout_seconds=0.2))
    assert time.monotonic() - begun < 0.2 + 5
    assert (execution.status, only(execution).status) == (Status.COMPLETED, Status.FAILED)
    assert "longer than 0.2 seconds" in only(execution).error
    assert not DOORS[name].is_set()


def test_what_an_abandoned_block_still_emits_is_lost(ada: User, name: str) -> None:
    execution = started(ada, with_policy(alone(2, door=name, log=name), "n", timeout_seconds=0.2))

    async def open_afterwards() -> None:
        await asyncio.wait_for(run_execution(str(execution.id)), SECONDS)
        DOORS[name].set()
        await until(lambda: not threads_of(BlockingBlock))

    asyncio.run(open_afterwards())
    emitted = list(only(execution).outputs.order_by("index").values_list("name", "data"))
    assert emitted == [("number", 0), ("error", only(execution).error)]


def threads_of(kind: type[Block]) -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == f"block-{kind.name}"]


def test_a_block_that_never_returns_can_be_stopped(ada: User, name: str) -> None:
    execution = started(ada, alone(door=name, log=name))

    async def stop_it() -> float:
        task = asyncio.create_task(run_execution(str(execution.id)))
        await until(lambda: LOG[name])
        await asyncio.to_thread(request_cancel, execution)
        begun = time.monotonic()
        await asyncio.wait_for(task, SECONDS)
        return time.monotonic() - begun

    assert asyncio.run(stop_it()) < 5
    assert (fresh(execution).status, only(execution).status) == (Status.TERMINATED, Status.TERMINATED)


@pytest.mark.usefixtures("_two_threads")
def test_threads_that_do_not_come_back_are_replaced(ada: User, name: str) -> None:
    for _ in range(2):
        hanging = with_policy(alone(door=name, log=name), "n", timeout_seconds=0.1)
        assert only(ran(ada, hanging)).status == Status.FAILED
    assert only(ran(ada, alone(2, log=name))).status == Status.COMPLETED


@pytest.mark.usefixtures("_two_threads")
def test_only_so_many_run_at_once(ada: User, name: str) -> None:
    nodes = {f"n{number}": ("Blocking", {"door": name, "log": name}) for number in range(4)}
    execution = started(ada, build(nodes))

    async def look() -> None:
        task = asyncio.create_task(run_execution(str(execution.id)))
        await until(lambda: len(LOG[name]) == 2)
        assert len(threads_of(BlockingBlock)) == 2
        DOORS[name].set()
        await asyncio.wait_for(task, SECONDS)

    asyncio.run(look())
    assert len([entry for entry in LOG[name] if entry == "block-Blocking"]) == 4
    rows = NodeExecution.objects.filter(execution=execution)
    assert {row.status for row in rows} == {Status.COMPLETED}


async def test_threads_that_were_given_up_are_bounded_too() -> None:
    threads = Threads(1)
    await threads.take()
    threads.give_up()
    await threads.take()
    threads.give_up()
    waiting = asyncio.create_task(threads.take())
    await asyncio.sleep(0)
    assert not waiting.done()
    threads.came_back()
    await asyncio.wait_for(waiting, SECONDS)


def test_a_block_emits_no_faster_than_it_is_read(ada: User, name: str, settings: LazySettings) -> None:
    settings.NODE_OUTPUTS_MAX = 20
    execution = ran(ada, alone(1000, log=name))
    assert only(execution).status == Status.FAILED
    assert max(entry for entry in LOG[name] if isinstance(entry, int)) < 20 + 20


def test_services_are_used_from_a_thread(ada: User) -> None:
    document = build(
        {"n": ("Remembering", {"value": {"a": 1}, "items": 3}), "out": result("out")}, ["n.value -> out.value"]
    )
    execution = ran(ada, document)
    assert outputs(execution) == {"out": [{"a": 1}]}
    assert KeyValue.objects.get(user=ada, key="thread").value == {"a": 1}
    assert (only(execution).cost, only(execution).stats["items"]) == (3, 3)
    assert_books(execution)
    assert not threads_of(RememberingBlock)


def test_credits_that_are_not_there_stop_a_block_in_a_thread() -> None:
    poor = make_user("poor@example.org", credits=2)
    execution = ran(poor, build({"n": ("Remembering", {"value": 1, "items": 10})}))
    assert (execution.status, execution.error_code) == (Status.FAILED, "insufficient_balance")
    assert only(execution).stats["items"] <= 3
    assert_books(execution)


HANGING = """
import asyncio, threading
from blocks.base import Block, RunsIn
from executor.engine.threaded import in_thread
from executor.engine.threads import Threads
from tests.blocks.fakes import make_context

class HangingBlock(Block):
    runs_in = RunsIn.THREAD
    async def run(self, input, context):
        yield "value", 1
        threading.Event().wait()

async def main():
    outputs = in_thread(Threads(1), HangingBlock(), None, make_context())
    print(await anext(outputs))

asyncio.run(main())
"""


def test_a_block_that_never_returns_does_not_keep_the_process() -> None:
    environment = os.environ | {"PYTHONPATH": f"{ROOT}:{ROOT / 'platform'}"}
    done = subprocess.run(
        [sys.executable, "-c", HANGING], env=environment, capture_output=True, text=True, timeout=SECONDS * 2
    )
    assert (done.returncode, done.stdout) == (0, "('value', 1)\n"), done.stderr


def test_a_dry_run_simulates_it(ada: User, name: str) -> None:
    execution = ran(ada, alone(door=name, log=name), is_dry_run=True)
    assert (execution.status, LOG[name]) == (Status.COMPLETED, [])
