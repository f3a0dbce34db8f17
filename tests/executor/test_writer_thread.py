"""The journal's thread, and how few commits it needs."""

import asyncio
import threading
from collections.abc import Sequence

import pytest

from executor.journal.batch import Batch, Written
from executor.journal.thread import WriterThread
from executor.journal.writer import Writer
from executor.statuses import Status
from tests.executor.building import build
from tests.executor.crashing import run_with
from tests.executor.running import fresh, started
from tests.factories import make_user

NODES = 6


class CountingWriter(Writer):
    def __init__(self) -> None:
        super().__init__()
        self.commits = 0

    def write(self, batches: Sequence[Batch]) -> list[Written]:
        self.commits += 1
        return super().write(batches)


@pytest.mark.django_db(transaction=True)
def test_the_end_of_a_node_and_the_paid_start_of_the_next_share_a_commit() -> None:
    wires = [f"p{number}.value -> p{number + 1}.value" for number in range(NODES - 1)]
    nodes = {f"p{number}": ("Pause", {"value": 1, "seconds": 0}) for number in range(NODES)}
    execution, writer = started(make_user(), build(nodes, wires)), CountingWriter()
    asyncio.run(run_with(writer, execution))
    assert (fresh(execution).status, fresh(execution).cost) == (Status.COMPLETED, NODES)
    assert writer.commits == NODES + 1


def test_work_is_done_in_order_in_one_other_thread() -> None:
    async def scenario() -> list[tuple[int, int]]:
        thread, loop = WriterThread("test"), asyncio.get_running_loop()
        work = [loop.run_in_executor(thread, lambda n=n: (n, threading.get_ident())) for n in range(5)]
        thread.shutdown()
        return await asyncio.gather(*work)

    numbers, threads = zip(*asyncio.run(scenario()), strict=True)
    assert numbers == (0, 1, 2, 3, 4)
    assert len(set(threads)) == 1
    assert threads[0] != threading.get_ident()


def test_a_fault_is_told_and_the_thread_goes_on() -> None:
    async def scenario() -> list[object]:
        thread, loop = WriterThread("test"), asyncio.get_running_loop()
        work = [loop.run_in_executor(thread, int, text) for text in ("1", "one", "2")]
        thread.shutdown()
        return await asyncio.gather(*work, return_exceptions=True)

    first, fault, last = asyncio.run(scenario())
    assert (first, type(fault), last) == (1, ValueError, 2)


def test_an_answer_that_nobody_waits_for_any_more_is_dropped() -> None:
    async def scenario() -> int:
        thread, loop, gate = WriterThread("test"), asyncio.get_running_loop(), threading.Event()
        given_up = loop.run_in_executor(thread, gate.wait)
        given_up.cancel()
        gate.set()
        answer = await loop.run_in_executor(thread, int, "3")
        thread.shutdown()
        return answer

    assert asyncio.run(scenario()) == 3
