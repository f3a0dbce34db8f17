from enum import Enum
from typing import Annotated, Any, Literal

import pytest
from pydantic import AliasChoices

from blocks.base import Block, Pin, Pins
from blocks.coercion import coerce, convert, keys_of, matches
from blocks.registry import registry

DICT_TEXT = '{"a":1}'


@pytest.mark.parametrize(
    ("value", "kind", "expected"),
    [
        ("abc", int, 0),
        ("abc", float, 0.0),
        ("abc", bool, False),
        ("abc", list, ["abc"]),
        ("abc", dict, {"value": "abc"}),
        ("[1,2]", int, 0),
        ("[1,2]", bool, False),
        ("[1,2]", list, [1, 2]),
        ("[1,2]", dict, {"value": [1, 2]}),
        (DICT_TEXT, int, 0),
        (DICT_TEXT, bool, False),
        (DICT_TEXT, list, [DICT_TEXT]),
        (DICT_TEXT, dict, {"a": 1}),
        ("", int, 0),
        ("", bool, False),
        ("", list, [""]),
        ("", dict, {"value": ""}),
        ("1.5", int, 1),
        ("1.5", float, 1.5),
        ("1e3", int, 1000),
        ("1e3", float, 1000.0),
        ("1.5", bool, False),
        ("1.5", list, ["1.5"]),
        ("1.5", dict, {"value": 1.5}),
        ("TRUE", int, 0),
        ("true", int, 0),
        ("1", int, 1),
        ("TRUE", bool, True),
        ("true", bool, True),
        ("1", bool, True),
        (5, str, "5"),
        (5, float, 5.0),
        (5, bool, True),
        (5, list, [5]),
        (5, dict, {"value": 5}),
        (True, str, "true"),
        (True, int, True),
        (True, float, 1.0),
        (True, list, [True]),
        (True, dict, {"value": True}),
        (3.7, str, "3.7"),
        (3.7, int, 3),
        (3.7, bool, True),
        (3.7, list, [3.7]),
        (3.7, dict, {"value": 3.7}),
        ({"a": 1}, str, '{"a": 1}'),
        ({"a": 1}, int, 1),
        ({"a": 1}, float, 1.0),
        ({"a": 1}, bool, True),
        ({"a": 1}, list, [("a", 1)]),
        (["x"], str, '["x"]'),
        (["x"], int, 1),
        (["x"], bool, True),
        (["x"], dict, {0: "x"}),
        ((1, 2), str, "[1, 2]"),
        ((1, 2), int, 2),
        ((1, 2), list, [1, 2]),
        ((1, 2), dict, {0: 1, 1: 2}),
        (None, str, "null"),
        (None, int, 0),
        (None, float, 0.0),
        (None, bool, False),
        (None, list, [None]),
        (None, dict, {"value": None}),
        ({7}, int, 1),
        ({7}, bool, True),
        ({7}, list, [7]),
        ({7}, dict, {"value": {7}}),
        ("é", str, "é"),
        (["é"], str, '["é"]'),
        ("inf", int, 0),
        ("nan", int, 0),
        ("9" * 5000, int, 0),
        ("[" * 100_000, list, ["[" * 100_000]),
    ],
)
def test_value_is_converted_by_the_table(value: object, kind: Any, expected: object) -> None:
    converted = convert(value, kind)

    assert converted == expected
    assert type(converted) is type(expected)


@pytest.mark.parametrize(
    ("value", "annotation", "expected"),
    [
        ([1, 2], list[str], ["1", "2"]),
        ({"a": 1}, dict[str, str], {"a": "1"}),
        ('["1"]', list[int], [1]),
        ([["1"], "2"], list[list[int]], [[1], [2]]),
        (["x"], dict[str, Any], {"0": "x"}),
        ("x", int | None, 0),
        (None, int | None, None),
        ("5", int | str, 5),
        ("5", str | int, "5"),
        ({1}, str | int, 1),
        ("x", Annotated[int, "a number"], 0),
        ("x", Any, "x"),
    ],
)
def test_type_arguments_and_unions_are_followed(value: object, annotation: Any, expected: object) -> None:
    assert convert(value, annotation) == expected


class Colour(Enum):
    RED = "red"


@pytest.mark.parametrize("annotation", [Colour, Literal["red"], Pins])
def test_enums_literals_and_models_are_left_to_the_validation(annotation: Any) -> None:
    assert convert("red", annotation) == "red"
    assert convert(5, annotation) == 5


@pytest.mark.parametrize(
    ("value", "annotation"),
    [({1}, str), (10**400, float), (object(), int), ([{1}], list[str]), ({1}, str | None)],
)
def test_what_has_no_rule_is_refused(value: object, annotation: Any) -> None:
    with pytest.raises(ValueError):
        convert(value, annotation)


@pytest.mark.parametrize(
    ("value", "annotation", "fits"),
    [
        ("5", int | str, True),
        (5, int | str, True),
        (5.0, int | str, False),
        (True, int, True),
        (1, bool, False),
        (5, float, False),
        (None, Any, True),
        (None, int | None, True),
        (None, int, False),
        ([1], list[int], True),
        ([1, "2"], list[int], False),
        ({"a": 1}, dict[str, int], True),
        ({1: 1}, dict[str, Any], False),
        ((1,), list, False),
        ("a", Literal["a", "b"], True),
        ("c", Literal["a", "b"], False),
        (True, Literal[1], False),
    ],
)
def test_matching_tells_what_needs_no_conversion(value: object, annotation: Any, fits: bool) -> None:
    assert matches(value, annotation) is fits


class Input(Pins):
    text: str = Pin(default="")
    count: int | None = Pin(default=None)
    either: int | str = Pin(default=0)
    anything: Any = Pin(default=None)
    options: list[str] = Pin(default_factory=list, validation_alias=AliasChoices("options", "choices"))


def test_declared_fields_are_made_to_fit() -> None:
    data = {"text": 5, "count": "7", "either": "5", "anything": {1}, "choices": [1], "unknown": 5}

    assert coerce(Input, data) == {
        "text": "5",
        "count": 7,
        "either": "5",
        "anything": {1},
        "choices": ["1"],
        "unknown": 5,
    }
    assert data["text"] == 5


def test_none_and_what_fits_are_left_alone() -> None:
    data = {"text": None, "count": True}

    assert coerce(Input, data) is data


def test_refusal_names_the_field() -> None:
    with pytest.raises(ValueError, match="The input text does not fit: set cannot be written as text"):
        coerce(Input, {"text": {1}})


#: One of each kind, and what looks like another.
VALUES: list[Any] = [
    *(None, True, False, 0, 1, -3, 10**20, 1.5, 0.0, "", "1", "1.5", "true", "Add", "x", "[1]", DICT_TEXT),
    *([], [1], ["a", None], [[1, 2]], {}, {"a": 1}, {"1": ["b"]}, [{"a": None}]),
]


@pytest.mark.parametrize("block", list(registry), ids=lambda block: block.name)
def test_every_value_on_every_pin_of_every_block_becomes_what_the_rules_say(block: Block) -> None:
    for name, field in block.Input.model_fields.items():
        for key in keys_of(name, field):
            for value in VALUES:
                assert _coerced(block.Input, {key: value}) == _by_the_rules(value, field.annotation, key)


def _coerced(model: type[Pins], data: dict[str, Any]) -> str:
    try:
        return repr(coerce(model, data))
    except ValueError as error:
        return str(error)


def _by_the_rules(value: Any, annotation: Any, key: str) -> str:
    """None stays, what matches stays, everything else is converted."""
    try:
        return repr({key: value if value is None or matches(value, annotation) else convert(value, annotation)})
    except ValueError as error:
        return f"The input {key} does not fit: {error}"
