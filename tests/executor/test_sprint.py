"""Blocks that never wait run one after another in one task, without a difference to anybody."""

import asyncio
from typing import Any

import pytest

from blocks.base import Block
from blocks.library.numbers import CalculatorBlock
from blocks.library.steps import StepThroughItemsBlock
from executor.engine.sprint import STRIDE, Sprint, never_waits
from executor.statuses import Status
from tests.executor.blocks import PauseBlock
from tests.executor.building import build, result
from tests.executor.running import node_executions, outputs, ran
from tests.factories import make_user


class _Run:
    """As much of a node execution as a sprint looks at."""

    is_finished = False


@pytest.mark.parametrize(
    ("block", "answer"), [(CalculatorBlock, True), (StepThroughItemsBlock, False), (PauseBlock, False)]
)
def test_a_block_never_waits_if_its_code_has_neither_await_nor_loop(block: type[Block], answer: bool) -> None:
    assert never_waits(block) is answer


async def _sprinted(number: int) -> tuple[list[str], list[Any]]:
    """What happened, with another task beside that notes its turns; the third work waits after all."""
    happened: list[str] = []
    handed_over: list[Any] = []
    gate = asyncio.Event()

    async def work(run: Any) -> None:
        happened.append("begun")
        if happened.count("begun") == 3:
            await gate.wait()
            happened.append("rest")

    async def beside() -> None:
        while "rest" not in happened:
            happened.append("other")
            await asyncio.sleep(0)

    sprint = Sprint(work, lambda run, rest: handed_over.append(asyncio.ensure_future(rest)))
    for _ in range(number):
        sprint.add(_Run())  # type: ignore[arg-type]
    other = asyncio.ensure_future(beside())
    await sprint.run()
    gate.set()
    await asyncio.gather(*handed_over, other)
    return happened, handed_over


def test_others_have_their_turn_after_a_stride() -> None:
    happened, _ = asyncio.run(_sprinted(3 * STRIDE))
    assert happened[: STRIDE + 1] == ["begun"] * STRIDE + ["other"]
    assert happened.count("begun") == 3 * STRIDE


def test_work_that_waits_after_all_goes_on_in_a_task_of_its_own() -> None:
    happened, handed_over = asyncio.run(_sprinted(4))
    assert len(handed_over) == 1
    assert happened[-1] == "rest"
    assert happened.count("begun") == 4


@pytest.mark.django_db(transaction=True)
def test_a_long_chain_of_such_blocks_completes_in_order() -> None:
    length = 3 * STRIDE
    nodes = {f"n{i}": ("Calculator", {"operation": "Add", "a": 0, "b": 1}) for i in range(length)}
    wires = [f"n{i}.result -> n{i + 1}.a" for i in range(length - 1)]
    execution = ran(make_user(), build({**nodes, "out": result("out")}, [*wires, f"n{length - 1}.result -> out.value"]))
    assert (execution.status, outputs(execution)) == (Status.COMPLETED, {"out": [float(length)]})
    ends = [node_executions(execution, f"n{i}")[0].ended_at for i in range(length)]
    assert ends == sorted(ends)
