"""Choosing a branch."""

import math
import operator
from collections.abc import AsyncIterator, Callable
from enum import StrEnum
from typing import Any

from blocks.base import Block, Category, Effect, Example, Pin, Pins
from blocks.coercion import convert
from blocks.context import Context
from blocks.errors import BlockError


class Comparison(StrEnum):
    """How two values are compared."""

    EQUAL = "=="
    NOT_EQUAL = "!="
    GREATER = ">"
    LESS = "<"
    GREATER_OR_EQUAL = ">="
    LESS_OR_EQUAL = "<="


_COMPARE: dict[Comparison, Callable[[Any, Any], Any]] = {
    Comparison.EQUAL: operator.eq,
    Comparison.NOT_EQUAL: operator.ne,
    Comparison.GREATER: operator.gt,
    Comparison.LESS: operator.lt,
    Comparison.GREATER_OR_EQUAL: operator.ge,
    Comparison.LESS_OR_EQUAL: operator.le,
}


class Branches(Pins):
    """A verdict and the branch it opens."""

    result: bool = Pin(description="Whether the condition holds.")
    yes_output: Any = Pin(description="Given only if it holds.")
    no_output: Any = Pin(description="Given only if it does not.")


class ConditionBlock(Block):
    """Compares two values. Text that is a number is compared as a number."""

    id = "715696a0-e1da-45c8-b209-c2fa9c3b0be6"
    description = "Compares two values and opens the yes or the no branch."
    categories = frozenset({Category.LOGIC})
    effect = Effect.PURE
    examples = (
        Example(
            input={"value1": 10, "operator": ">", "value2": 5, "yes_value": "big", "no_value": "small"},
            output=[("result", True), ("yes_output", "big")],
        ),
        Example(
            input={"value1": " 7 ", "operator": "==", "value2": "8"}, output=[("result", False), ("no_output", 8.0)]
        ),
    )

    class Input(Pins):
        value1: Any = Pin(description="The value on the left.")
        operator: Comparison = Pin(description="How to compare.")
        value2: Any = Pin(description="The value on the right.")
        yes_value: Any = Pin(default=None, description="What yes_output gives; value1 unless given.")
        no_value: Any = Pin(default=None, description="What no_output gives; value2 unless given.")

    Output = Branches

    async def run(self, input: Input, context: Context) -> AsyncIterator[tuple[str, Any]]:
        left, right = _as_number(input.value1), _as_number(input.value2)
        try:
            holds = bool(_COMPARE[input.operator](left, right))
        except TypeError as error:
            kinds = f"{type(left).__name__} and {type(right).__name__}"
            raise BlockError(f"value1 and value2 cannot be compared by {input.operator}: {kinds}.") from error
        yield "result", holds
        if holds:
            yield "yes_output", left if input.yes_value is None else input.yes_value
        else:
            yield "no_output", right if input.no_value is None else input.no_value


def _as_number(value: Any) -> Any:
    """Text without the space around it, and as a float if it is a number, which "nan" is not; else as it is."""
    if not isinstance(value, str):
        return value
    text = value.strip()
    try:
        number = float(text)
    except ValueError:
        return text
    return text if math.isnan(number) else number


class IfInputMatchesBlock(Block):
    """Tells whether two values are the same, also when one is written as text."""

    id = "6dbbc4b3-ca6c-42b6-b508-da52d23e13f2"
    description = "Opens the yes branch if the input is the given value, else the no branch."
    categories = frozenset({Category.LOGIC})
    effect = Effect.PURE
    examples = (
        Example(
            input={"input": 10, "value": "10", "yes_value": "same", "no_value": "other"},
            output=[("result", True), ("yes_output", "same")],
        ),
        Example(input={"input": 10, "value": "ten"}, output=[("result", False), ("no_output", None)]),
    )

    class Input(Pins):
        input: Any = Pin(description="The value that is looked at.")
        value: Any = Pin(description="What it should be.")
        yes_value: Any = Pin(default=None, description="What yes_output gives.", advanced=False)
        no_value: Any = Pin(default=None, description="What no_output gives.", advanced=False)

    Output = Branches

    async def run(self, input: Input, context: Context) -> AsyncIterator[tuple[str, Any]]:
        same = is_same(input.input, input.value)
        yield "result", same
        if same:
            yield "yes_output", input.yes_value
        else:
            yield "no_output", input.no_value


def is_same(given: Any, wanted: Any) -> bool:
    """Whether `wanted` equals `given`, if need be after it was turned into the type of `given`. None is only None."""
    if given is None or wanted is None or given == wanted:
        return bool(given == wanted)
    try:
        return bool(given == _read(wanted, type(given)))
    except ValueError:
        return False


def _read(value: Any, kind: type[Any]) -> Any:
    """The value as this kind. Raises ValueError where a conversion would only put a stand-in, such as 0 for "ten"."""
    if kind is bool and str(value).lower() not in ("true", "false", "1", "0"):
        raise ValueError("It is neither yes nor no.")
    if kind in (int, float):
        return float(str(value))
    return convert(value, kind)
