"""Waiting."""

import asyncio
import math
from collections.abc import AsyncIterator
from typing import Any

from blocks.base import Block, Category, Effect, Example, Pin, Pins
from blocks.context import Context
from blocks.errors import BlockError

MAX_SECONDS = 24 * 3600
MAX_REPEATS = 1_000

_UNITS = {"seconds": 1, "minutes": 60, "hours": 3600, "days": 86400}


class CountdownTimerBlock(Block):
    """Waits, then passes a message on; as often as wanted. A crash starts the wait anew."""

    id = "d67a9c52-5e4e-11e2-bcfd-0800200c9a71"
    description = "Passes a message on after a time, once or repeatedly; 24 hours in all at most."
    categories = frozenset({Category.BASIC})
    effect = Effect.PURE
    timeout_seconds = None
    examples = (
        Example(input={"input_message": "wake up", "seconds": "0.01"}, output=[("output_message", "wake up")]),
        Example(input={"repeat": 2}, output=[("output_message", "timer finished")] * 2),
    )

    class Input(Pins):
        input_message: Any = Pin(default="timer finished", description="The message.", advanced=False)
        seconds: int | str = Pin(default=0, description="Seconds to wait.", advanced=False)
        minutes: int | str = Pin(default=0, description="Minutes to wait, added.", advanced=False)
        hours: int | str = Pin(default=0, description="Hours to wait, added.", advanced=False)
        days: int | str = Pin(default=0, description="Days to wait, added.", advanced=False)
        repeat: int = Pin(default=1, description="How many times to wait and pass the message on.")

    class Output(Pins):
        output_message: Any = Pin(description="The message.")

    async def run(self, input: Input, context: Context) -> AsyncIterator[tuple[str, Any]]:
        seconds = seconds_to_wait(input)
        for _ in range(input.repeat):
            await asyncio.sleep(seconds)
            yield "output_message", input.input_message


def seconds_to_wait(input: CountdownTimerBlock.Input) -> float:
    """The length of one wait. Raises BlockError when the waits are too many or too long."""
    if not 1 <= input.repeat <= MAX_REPEATS:
        raise BlockError(f"repeat must be from 1 to {MAX_REPEATS}, not {input.repeat}.")
    seconds = sum(_number(unit, getattr(input, unit)) * length for unit, length in _UNITS.items())
    if seconds * input.repeat > MAX_SECONDS:
        raise BlockError(
            f"The timer would take {seconds * input.repeat:.0f} seconds; at most {MAX_SECONDS} are allowed."
        )
    return seconds


def _number(unit: str, value: int | str) -> float:
    try:
        number = float(value)
    except (ValueError, OverflowError):
        number = math.nan
    if not (math.isfinite(number) and number >= 0):
        raise BlockError(f"{unit} must be a number from 0, not {str(value)[:100]}.")
    return number
