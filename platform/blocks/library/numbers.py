"""Calculating and counting."""

import math
import operator
from collections.abc import AsyncIterator, Callable
from enum import StrEnum
from typing import Any

from blocks.base import Block, Category, Effect, Example, Pin, Pins
from blocks.context import Context


class Operation(StrEnum):
    """What is done with two numbers."""

    ADD = "Add"
    SUBTRACT = "Subtract"
    MULTIPLY = "Multiply"
    DIVIDE = "Divide"
    POWER = "Power"


_CALCULATE: dict[Operation, Callable[[Any, Any], Any]] = {
    Operation.ADD: operator.add,
    Operation.SUBTRACT: operator.sub,
    Operation.MULTIPLY: operator.mul,
    Operation.DIVIDE: operator.truediv,
    Operation.POWER: operator.pow,
}


class CalculatorBlock(Block):
    """Calculates with two numbers."""

    id = "b1ab9b19-67a6-406d-abf5-2dba76d00c79"
    description = "Adds, subtracts, multiplies, divides or raises two numbers."
    categories = frozenset({Category.LOGIC})
    effect = Effect.PURE
    examples = (
        Example(input={"operation": "Add", "a": 10, "b": "5"}, output=[("result", 15.0)]),
        Example(input={"operation": "Divide", "a": 7, "b": 2, "round_result": True}, output=[("result", 4)]),
        Example(input={"operation": "Divide", "a": 1, "b": 0}, output=[("result", math.inf)]),
    )

    class Input(Pins):
        operation: Operation = Pin(description="What to do.")
        a: float = Pin(description="The first number.")
        b: float = Pin(description="The second number.")
        round_result: bool = Pin(default=False, description="Whether to round to a whole number.")

    class Output(Pins):
        result: float = Pin(description="The result; infinite after a division by zero, not a number if there is none.")

    async def run(self, input: Input, context: Context) -> AsyncIterator[tuple[str, Any]]:
        result = calculate(input.operation, input.a, input.b)
        yield "result", round(result) if input.round_result and math.isfinite(result) else result


def calculate(operation: Operation, a: float, b: float) -> float:
    """The result; infinity after a division by zero, NaN where there is no real result or it is too large."""
    try:
        result = _CALCULATE[operation](a, b)
    except ZeroDivisionError:
        return math.inf
    except OverflowError:
        return math.nan
    return result if isinstance(result, float) else math.nan


class CountItemsBlock(Block):
    """Counts the elements of a list, the keys of a dictionary or the characters of a text."""

    id = "3c9c2f42-b0c3-435f-ba35-05f7a25c772a"
    description = "Counts what a collection holds; -1 for what cannot be counted."
    categories = frozenset({Category.BASIC, Category.DATA})
    effect = Effect.PURE
    examples = (
        Example(input={"collection": [1, 2, 3]}, output=[("count", 3)]),
        Example(input={"collection": "[1]"}, output=[("count", 3)]),
        Example(input={"collection": 5}, output=[("count", -1)]),
    )

    class Input(Pins):
        collection: Any = Pin(description="What to count.")

    class Output(Pins):
        count: int = Pin(description="How many there are.")

    async def run(self, input: Input, context: Context) -> AsyncIterator[tuple[str, Any]]:
        countable = isinstance(input.collection, str | list | tuple | dict | set | frozenset)
        yield "count", len(input.collection) if countable else -1
