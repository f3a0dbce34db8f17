import random
from typing import Any

import pytest
from pydantic import ValidationError

from blocks.base import Block, BlockType, Pin, Pins
from blocks.coercion import coerce, keys_of, matches
from blocks.pins import merge
from blocks.readiness import Ready, Waiting, gather, parse
from blocks.registry import registry

NO_LINKS: frozenset[str] = frozenset()


class SampleBlock(Block):
    id = "00000000-0000-4000-8000-000000000001"

    class Input(Pins):
        text: str = Pin()
        count: int = Pin(default=3, ge=0)
        values: dict[str, Any] = Pin(default_factory=dict)
        note: str | None = Pin(default=None)


class AnythingBlock(Block):
    id = "00000000-0000-4000-8000-000000000002"

    class Input(Pins):
        value: Any = Pin()


class ChildBlock(Block):
    id = "00000000-0000-4000-8000-000000000003"
    block_type = BlockType.AGENT

    class Input(Pins):
        graph_id: str = Pin()
        graph_version: int | None = Pin(default=None)
        inputs: dict[str, Any] = Pin(default_factory=dict)


def ready(block: Block, **arguments: Any) -> Ready:
    result = gather(block, **{"defaults": {}, "linked": NO_LINKS, "received": {}, **arguments})
    assert isinstance(result, Ready), result
    return result


def reason(block: Block, **arguments: Any) -> str:
    result = gather(block, **{"defaults": {}, "linked": NO_LINKS, "received": {}, **arguments})
    assert isinstance(result, Waiting), result
    return result.reason


def test_node_with_all_its_inputs_is_ready() -> None:
    result = ready(
        SampleBlock(), defaults={"count": 1}, linked=frozenset({"text"}), received={"text": 5, "unknown": True}
    )

    assert result.inputs == {"text": "5", "count": 1, "unknown": True}
    assert result.parsed == SampleBlock.Input(text="5", count=1)


def test_linked_pin_waits_although_it_has_a_default() -> None:
    arguments = {"defaults": {"text": "default"}, "linked": frozenset({"text"})}

    assert reason(SampleBlock(), **arguments) == "The linked input text has no value."
    assert ready(SampleBlock(), **arguments, received={"text": "x"}).inputs["text"] == "x"


def test_linked_dynamic_pins_are_awaited_by_their_raw_names() -> None:
    arguments = {"defaults": {"text": "x"}, "linked": frozenset({"values_#_a", "values_#_b"})}

    assert "values_#_b" in reason(SampleBlock(), **arguments, received={"values_#_a": 1})
    result = ready(SampleBlock(), **arguments, received={"values_#_a": 1, "values_#_b": None})
    assert result.inputs == {
        "text": "x",
        "values_#_a": 1,
        "values_#_b": None,
        "values": {"a": 1, "b": None},
    }


def test_received_values_win_over_defaults_and_the_mask_over_both() -> None:
    result = ready(
        SampleBlock(),
        defaults={"text": "default", "count": 1, "note": "default"},
        linked=frozenset({"text", "note"}),
        received={"text": "received", "note": "received"},
        mask={"text": "mask"},
    )

    assert result.inputs == {"text": "mask", "count": 1, "note": "received"}


def test_mask_stands_in_for_a_linked_pin() -> None:
    assert ready(SampleBlock(), linked=frozenset({"text"}), mask={"text": "x"}).inputs == {"text": "x"}


def test_missing_required_input_is_named() -> None:
    assert reason(SampleBlock()) == "The required input text has no value."


def test_empty_text_is_a_value() -> None:
    assert ready(SampleBlock(), received={"text": ""}).inputs == {"text": ""}


def test_none_counts_as_absent_where_it_is_not_accepted() -> None:
    assert reason(SampleBlock(), received={"text": None}) == "The required input text has no value."

    result = ready(SampleBlock(), received={"text": "x", "count": None, "note": None})
    assert result.parsed == SampleBlock.Input(text="x", count=3, note=None)


def test_none_is_a_value_where_anything_is_accepted() -> None:
    assert ready(AnythingBlock(), received={"value": None}).inputs == {"value": None}
    assert reason(AnythingBlock()) == "The required input value has no value."


def test_invalid_value_is_explained_but_not_shown() -> None:
    explained = reason(SampleBlock(), received={"text": "x", "count": -77})

    assert "input count is not valid" in explained
    assert "greater than or equal to 0" in explained
    assert "77" not in explained


@pytest.mark.parametrize(
    "received",
    [{"values_$_x": 1}, {"values_$_-1": 1}, {"values_$_99999999999": 1}, {"text": {1}}, {"count": object()}],
)
def test_values_that_cannot_be_used_make_the_node_wait(received: dict[str, Any]) -> None:
    assert next(iter(received)) in reason(SampleBlock(), defaults={"text": "x"}, received=received)


def test_defaults_of_the_node_do_not_change() -> None:
    defaults = {"text": "x", "values": {"a": {"b": 1}}}

    ready(SampleBlock(), defaults=defaults, received={"values_#_a_#_b": 2})

    assert defaults == {"text": "x", "values": {"a": {"b": 1}}}


def test_child_graph_is_given_constants_and_received_pins_as_inputs() -> None:
    result = ready(
        ChildBlock(),
        defaults={"graph_id": "g", "graph_version": "2", "inputs": {"topic": "cats", "tone": "dry"}, "noise": 1},
        linked=frozenset({"tone", "rows_$_0"}),
        received={"tone": "warm", "rows_$_0": "r"},
        mask={"topic": "dogs"},
    )

    assert result.inputs == {
        "graph_id": "g",
        "graph_version": 2,
        "inputs": {"topic": "dogs", "tone": "warm", "rows": ["r"]},
    }


def test_child_graph_needs_only_its_linked_inputs() -> None:
    arguments = {"defaults": {"graph_id": "g"}, "linked": frozenset({"tone"})}

    assert reason(ChildBlock(), **arguments) == "The linked input tone has no value."
    assert ready(ChildBlock(), **arguments, received={"tone": None}).inputs["inputs"] == {"tone": None}


def test_child_graph_may_have_an_input_named_like_a_field_of_the_block() -> None:
    result = ready(ChildBlock(), defaults={"graph_id": "g"}, received={"graph_id": "other"})

    assert result.inputs == {"graph_id": "g", "inputs": {"graph_id": "other"}}


def test_child_graph_with_constants_that_are_no_object_waits() -> None:
    assert "must be an object" in reason(ChildBlock(), defaults={"graph_id": "g", "inputs": [1]})


def test_stored_inputs_are_parsed_again_to_the_same() -> None:
    first = ready(SampleBlock(), received={"text": 5, "values_#_a": 1})

    assert parse(SampleBlock(), first.inputs) == first


# --- whatever way is short


VALUES: list[Any] = [None, None, True, 0, 7, 1.5, "", "5", "Add", "text", [1], ["a"], {}, {"a": 1}, {"model": "x"}]


@pytest.mark.parametrize("block", list(registry), ids=lambda block: block.name)
def test_any_block_is_ready_with_what_its_model_makes_of_the_inputs(block: Block) -> None:
    chance = random.Random(block.id)
    keys = [key for name, field in block.Input.model_fields.items() for key in keys_of(name, field)]
    for _ in range(100):
        named = [key for key in [*keys, "unknown"] if chance.random() < 0.8]
        data = {key: chance.choice(VALUES) for key in named}
        answer = parse(block, data)
        found = None if isinstance(answer, Waiting) else (answer.inputs, answer.parsed)
        assert repr(found) == repr(_by_the_rules(block.Input, data))


def _by_the_rules(model: type[Pins], data: dict[str, Any]) -> tuple[dict[str, Any], Pins] | None:
    """None if something is missing or not valid; otherwise the inputs and the model."""
    try:
        fitted = coerce(model, data)
    except ValueError:
        return None
    fields = [(keys_of(name, field), field) for name, field in model.model_fields.items()]
    refusing = {key for keys, field in fields if not matches(None, field.annotation) for key in keys}
    present = {key: value for key, value in fitted.items() if value is not None or key not in refusing}
    if any(field.is_required() and not present.keys() & set(keys) for keys, field in fields):
        return None
    try:
        return fitted, model.model_validate(present)
    except ValidationError:
        return None


@pytest.mark.parametrize("seed", range(50))
def test_names_are_merged_however_few_are_dynamic(seed: int) -> None:
    chance = random.Random(seed)
    names = ["value", "value_#_a", "value_$_0", "other", "_", "$", "#_", "other_@_b", "value_"]
    sources = [{name: chance.choice(["x", {"a": 1}, [1], 5]) for name in chance.sample(names, 3)} for _ in range(3)]
    defaults, received, mask = sources
    found = gather(AnythingBlock(), defaults=defaults, linked=NO_LINKS, received=received, mask=mask)
    merged = merge({**defaults, **received, **mask})
    if isinstance(found, Ready):
        assert found.inputs == merged
    else:
        assert "value" not in merged
