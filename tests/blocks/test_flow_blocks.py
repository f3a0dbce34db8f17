import asyncio
import math
from typing import Any

import pytest

from blocks.errors import BlockError
from blocks.library.graphs import AgentExecutorBlock
from blocks.library.memory import PersistInformationBlock, RetrieveInformationBlock
from blocks.library.numbers import CalculatorBlock, CountItemsBlock
from blocks.library.steps import MAX_CHARACTERS, MAX_ELEMENTS, StepThroughItemsBlock
from blocks.library.timer import MAX_REPEATS, CountdownTimerBlock, seconds_to_wait
from blocks.library.values import StoreValueBlock, UniversalTypeConverterBlock
from tests.blocks.fakes import FakeGraphs, make_context, memory_of
from tests.blocks.running import outputs


async def test_all_collections_are_stepped_through_in_order() -> None:
    inputs = {"items_str": '{"k": 3}', "items_object": {"x": 2}, "items": [0, None]}

    assert await outputs(StepThroughItemsBlock(), inputs) == [
        ("item", 0),
        ("key", 0),
        ("item", None),
        ("key", 1),
        ("item", 2),
        ("key", "x"),
        ("item", 3),
        ("key", "k"),
    ]


async def test_nothing_to_step_through_gives_nothing() -> None:
    assert await outputs(StepThroughItemsBlock(), {"items": [], "items_str": "[]"}) == []


async def test_elements_are_limited_in_all() -> None:
    assert len(await outputs(StepThroughItemsBlock(), {"items": [0] * MAX_ELEMENTS})) == 2 * MAX_ELEMENTS

    with pytest.raises(BlockError, match=f"There are {MAX_ELEMENTS + 1} elements"):
        await outputs(StepThroughItemsBlock(), {"items": [0] * MAX_ELEMENTS, "items_object": {"a": 1}})


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("not json", "not JSON"),
        ("5", "must be the JSON text of a list or a dictionary"),
        ('"' + "x" * MAX_CHARACTERS, f"at most {MAX_CHARACTERS}"),
    ],
)
async def test_text_that_is_no_collection_fails(text: str, says: str) -> None:
    with pytest.raises(BlockError, match=says):
        await outputs(StepThroughItemsBlock(), {"items_str": text})


@pytest.mark.parametrize(
    ("operation", "a", "b", "expected"),
    [
        ("Subtract", 1, 3, -2.0),
        ("Multiply", "2.5", 2, 5.0),
        ("Power", 2, 10, 1024.0),
        ("Divide", -1, 0, math.inf),
        ("Power", 0, -1, math.inf),
        ("Power", 10, 400, math.nan),
        ("Power", -8, 0.5, math.nan),
    ],
)
async def test_calculation(operation: str, a: Any, b: Any, expected: float) -> None:
    [(name, result)] = await outputs(CalculatorBlock(), {"operation": operation, "a": a, "b": b})

    assert name == "result"
    assert result == pytest.approx(expected, nan_ok=True)


async def test_infinity_stays_when_rounding() -> None:
    inputs = {"operation": "Divide", "a": 1, "b": 0, "round_result": True}

    assert await outputs(CalculatorBlock(), inputs) == [("result", math.inf)]


@pytest.mark.parametrize(("collection", "count"), [({"a": 1}, 1), ("", 0), (None, -1), (True, -1), ([[]], 1)])
async def test_counting(collection: Any, count: int) -> None:
    assert await outputs(CountItemsBlock(), {"collection": collection}) == [("count", count)]


async def test_stored_none_is_passed_on() -> None:
    assert await outputs(StoreValueBlock(), {"input": None}) == [("output", None)]
    assert await outputs(StoreValueBlock(), {"input": 1, "data": 0}) == [("output", 0)]


async def test_value_that_cannot_be_converted_fails() -> None:
    with pytest.raises(BlockError, match="cannot become a string"):
        await outputs(UniversalTypeConverterBlock(), {"value": {1}, "type": "string"})


@pytest.mark.parametrize(("scope", "key"), [("within_agent", "agent#graph-1#mood"), ("across_agents", "global#mood")])
async def test_what_is_persisted_is_retrieved_in_its_scope(scope: str, key: str) -> None:
    context = make_context()
    await outputs(PersistInformationBlock(), {"key": "mood", "value": None, "scope": scope}, context)

    assert memory_of(context).values == {key: None}
    inputs = {"key": "mood", "scope": scope, "default_value": "unknown"}
    assert await outputs(RetrieveInformationBlock(), inputs, context) == [("value", None)]


async def test_scopes_do_not_see_each_other() -> None:
    context = make_context(memory={"agent#another#mood": 1, "global#mood": 2})

    assert await outputs(RetrieveInformationBlock(), {"key": "mood"}, context) == [("value", None)]


@pytest.mark.parametrize(
    ("inputs", "says"),
    [
        ({"seconds": "soon"}, "seconds must be a number from 0, not soon"),
        ({"minutes": -1}, "minutes must be a number from 0"),
        ({"hours": "inf"}, "hours must be a number from 0"),
        ({"days": 1, "seconds": 1}, "at most 86400 are allowed"),
        ({"hours": 13, "repeat": 2}, "at most 86400 are allowed"),
        ({"repeat": 0}, f"repeat must be from 1 to {MAX_REPEATS}"),
        ({"repeat": MAX_REPEATS + 1}, f"repeat must be from 1 to {MAX_REPEATS}"),
    ],
)
def test_timer_refuses_what_it_cannot_wait_for(inputs: dict[str, Any], says: str) -> None:
    with pytest.raises(BlockError, match=says):
        seconds_to_wait(CountdownTimerBlock.Input.model_validate(inputs))


def test_timer_adds_its_units_up_to_a_day_in_all() -> None:
    inputs = {"seconds": 30, "minutes": "1.5", "hours": 1, "days": "0.25"}
    assert seconds_to_wait(CountdownTimerBlock.Input.model_validate(inputs)) == 30 + 90 + 3600 + 21600

    assert seconds_to_wait(CountdownTimerBlock.Input.model_validate({"hours": 12, "repeat": 2})) == 12 * 3600


async def test_timer_waits_before_the_first_message() -> None:
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(outputs(CountdownTimerBlock(), {"days": 1}), timeout=0.01)


async def test_child_graph_is_run_with_the_received_pins() -> None:
    graphs = FakeGraphs([("summary", "short"), ("summary", None)])
    inputs = {"graph_id": "child", "graph_version": 3, "inputs": {"text": "long"}, "input_schema": {}}

    emitted = await outputs(AgentExecutorBlock(), inputs, make_context(graphs=graphs))

    assert emitted == [("summary", "short"), ("summary", None)]
    assert graphs.calls == [("child", 3, {"text": "long"}, {})]
