"""Blocks that never wait run one after another in one task, without a difference to anybody."""

import asyncio
import itertools
from typing import Any

import pytest
from django.conf import LazySettings

from accounts.models import User
from blocks.base import Block
from blocks.library.numbers import CalculatorBlock
from blocks.library.steps import StepThroughItemsBlock
from executor.engine.emissions import MANY, drained, never_waits
from executor.engine.sprint import STRIDE, Sprint
from executor.jobs import limits
from executor.models import NodeExecution, NodeOutput
from executor.statuses import Status
from tests.executor.blocks import LOG, PauseBlock
from tests.executor.building import build, result, with_policy
from tests.executor.running import node_executions, outputs, ran
from tests.executor.sprinting_blocks import (
    ODDITIES,
    AskingBlock,
    ForeverBlock,
    OddBlock,
    PatientOddBlock,
    WhileBlock,
)
from tests.factories import make_user

#: Nobody waits longer.
SECONDS = 10
_logs = itertools.count()


class _Run:
    """As much of a node execution as a sprint looks at."""

    is_finished = False


@pytest.mark.parametrize(
    ("block", "answer"),
    [
        (CalculatorBlock, True),
        (OddBlock, True),
        (AskingBlock, True),
        (PatientOddBlock, False),
        (WhileBlock, False),
        (ForeverBlock, False),
        (StepThroughItemsBlock, False),
        (PauseBlock, False),
    ],
)
def test_a_block_never_waits_if_its_code_has_neither_await_nor_loop(block: type[Block], answer: bool) -> None:
    assert never_waits(block) is answer


async def _sprinted(number: int) -> list[str]:
    """What happened, with another task beside that notes its turns."""
    happened: list[str] = []

    async def beside() -> None:
        while happened.count("run") < number:
            happened.append("other")
            await asyncio.sleep(0)

    tasks: list[asyncio.Future[None]] = []
    sprint = Sprint(
        lambda run: happened.append("run"), lambda work: tasks.append(asyncio.ensure_future(work)), lambda work: True
    )
    for _ in range(number):
        sprint.add(_Run())  # type: ignore[arg-type]
    tasks.append(asyncio.ensure_future(beside()))
    async with asyncio.timeout(SECONDS):
        await asyncio.gather(*tasks)
    return happened


def test_others_have_their_turn_after_a_stride() -> None:
    happened = asyncio.run(_sprinted(3 * STRIDE))
    strides = [len(list(turns)) for who, turns in itertools.groupby(happened) if who == "run"]
    assert strides == [STRIDE] * 3


def test_the_loop_hears_of_no_generator_that_begins_in_a_sprint() -> None:
    async def emit() -> Any:
        yield "value", 1

    async def sprinted() -> tuple[list[int], Any]:
        noted: list[int] = []
        begun: list[Any] = []
        loop = asyncio.get_running_loop()

        def step(run: Any) -> None:
            begun.append(emit())
            assert [emitted.value for emitted in drained(begun[0], limits()).usual] == [1]
            noted.append(len(loop._asyncgens))  # type: ignore[attr-defined]

        tasks: list[asyncio.Future[None]] = []
        sprint = Sprint(step, lambda work: tasks.append(asyncio.ensure_future(work)), lambda work: True)
        sprint.add(_Run())  # type: ignore[arg-type]
        await asyncio.gather(*tasks)
        watched = emit()
        await anext(watched)
        return noted, len(loop._asyncgens)  # type: ignore[attr-defined]

    assert asyncio.run(sprinted()) == ([0], 1)


@pytest.mark.django_db(transaction=True)
def test_a_long_chain_of_such_blocks_completes_in_order() -> None:
    length = 3 * STRIDE
    nodes = {f"n{i}": ("Calculator", {"operation": "Add", "a": 0, "b": 1}) for i in range(length)}
    wires = [f"n{i}.result -> n{i + 1}.a" for i in range(length - 1)]
    execution = ran(make_user(), build({**nodes, "out": result("out")}, [*wires, f"n{length - 1}.result -> out.value"]))
    assert (execution.status, outputs(execution)) == (Status.COMPLETED, {"out": [float(length)]})
    ends = [node_executions(execution, f"n{i}")[0].ended_at for i in range(length)]
    assert ends == sorted(ends)


def _told(row: NodeExecution) -> dict[str, Any]:
    """All that its user sees of it, moments and places of files aside."""
    kept = NodeOutput.objects.filter(node_execution=row).order_by("index")
    values = [value["$bytes"] if isinstance(value, dict) else value for value in kept.values_list("data", flat=True)]
    return {
        "status": row.status,
        "error": row.error.replace("PatientOdd", "Odd"),
        "attempt": row.attempt,
        "stats": row.stats,
        "names": list(kept.values_list("name", flat=True)),
        "values": values,
    }


def _ended(ada: User, block: str, oddity: str, policy: dict[str, Any]) -> tuple[Any, ...]:
    """What becomes of the node, how often its block began, what came out of it and how the execution ended."""
    log = f"odd {next(_logs)}"
    nodes = {"n": (block, {"oddity": oddity, "log": log}), "value": result("value"), "error": result("error")}
    document = with_policy(build(nodes, ["n.value -> value.value", "n.error -> error.value"]), "n", **policy)
    execution = ran(ada, document)
    found = {name: len(values) for name, values in outputs(execution).items()}
    return _told(node_executions(execution, "n")[0]), len(LOG[log]), found, execution.status, execution.error


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("oddity", ODDITIES)
def test_whatever_a_sprinting_block_emits_comes_to_the_same_as_of_one_that_waits(
    oddity: str, settings: LazySettings
) -> None:
    settings.NODE_OUTPUT_INLINE_BYTES, settings.NODE_OUTPUT_MAX_BYTES = 1000, 10_000
    ada = make_user()
    assert _ended(ada, "Odd", oddity, {}) == _ended(ada, "PatientOdd", oddity, {})


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("oddity", ["fault", "error output", "too large", "cancelled"])
@pytest.mark.parametrize(
    "policy", [{"retries": 2, "retry_backoff_seconds": 0}, {"on_error": "continue"}, {"on_error": "fail"}]
)
def test_its_failures_are_treated_as_its_policy_says(
    oddity: str, policy: dict[str, Any], settings: LazySettings
) -> None:
    settings.NODE_OUTPUT_MAX_BYTES = 10_000
    ada = make_user()
    assert _ended(ada, "Odd", oddity, policy) == _ended(ada, "PatientOdd", oddity, policy)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("most", [1, 2, 3])
def test_a_sprinting_block_may_emit_no_more_than_another(most: int, settings: LazySettings) -> None:
    settings.NODE_OUTPUTS_MAX = most
    ada = make_user()
    ended = _ended(ada, "Odd", "fine", {})
    assert ended == _ended(ada, "PatientOdd", "fine", {})
    assert ended[0]["status"] == (Status.COMPLETED if most == 3 else Status.FAILED)
    assert most < MANY


@pytest.mark.django_db(transaction=True)
def test_a_sprinting_block_that_asks_a_person_is_parked() -> None:
    execution = ran(make_user(), build({"n": ("Asking", {"value": 1}), "out": result("out")}, ["n.value -> out.value"]))
    assert (execution.status, node_executions(execution, "n")[0].status) == (Status.REVIEW, Status.REVIEW)
    assert outputs(execution) == {}


@pytest.mark.django_db(transaction=True)
def test_one_that_asks_and_says_something_large_is_parked_too(settings: LazySettings) -> None:
    settings.NODE_OUTPUT_INLINE_BYTES = 1000
    execution = ran(make_user(), build({"n": ("AskingLarge", {"value": 1})}, []))
    assert (execution.status, node_executions(execution, "n")[0].status) == (Status.REVIEW, Status.REVIEW)


@pytest.mark.django_db(transaction=True)
def test_what_a_block_does_to_a_value_after_it_was_emitted_does_not_matter() -> None:
    document = build({"n": ("Growing", {"value": 1}), "out": result("out")}, ["n.value -> out.value"])
    assert outputs(ran(make_user(), document)) == {"out": [[1]]}
