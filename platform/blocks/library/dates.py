"""The time and the date."""

from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from pydantic import Field

from blocks.base import Block, Category, Effect, Example, Pin, Pins
from blocks.context import Context
from blocks.errors import BlockError
from blocks.moments import (
    DateStrftime,
    DateTimeStrftime,
    Iso8601,
    TimeStrftime,
    in_zone,
    write_date,
    write_date_time,
    write_time,
)


def clock() -> datetime:
    """Now, in UTC."""
    return datetime.now(UTC)


def _reads_as(pattern: str) -> Callable[[Any], bool]:
    """Whether a value is a moment written in this strftime format."""

    def reads(value: Any) -> bool:
        return datetime.strptime(value, pattern).strftime(pattern) == value

    return reads


class GetCurrentTimeBlock(Block):
    """Tells the time."""

    id = "a892b8d9-3e4e-4e9c-9c1e-75f8efcf1bfa"
    description = "Gives the current time."
    categories = frozenset({Category.TEXT})
    effect = Effect.PURE
    examples = (
        Example(input={"trigger": "go"}, output=[("time", _reads_as("%H:%M:%S"))]),
        Example(
            input={"trigger": "go", "format_type": {"discriminator": "strftime", "format": "%H:%M"}},
            output=[("time", _reads_as("%H:%M"))],
        ),
    )

    class Input(Pins):
        trigger: Any = Pin(description="What triggers the block.")
        format_type: Annotated[TimeStrftime | Iso8601, Field(discriminator="discriminator")] = Pin(
            default_factory=TimeStrftime, description="How to write it."
        )

    class Output(Pins):
        time: str = Pin(description="The time.")

    async def run(self, input: Input, context: Context) -> AsyncIterator[tuple[str, Any]]:
        yield "time", write_time(in_zone(clock(), input.format_type, context.timezone), input.format_type)


class GetCurrentDateBlock(Block):
    """Tells the date, or one some days ago."""

    id = "b29c1b50-5d0e-4d9f-8f9d-1b0e6fcbf0b1"
    description = "Gives the current date, or the date some days ago."
    categories = frozenset({Category.TEXT})
    effect = Effect.PURE
    examples = (
        Example(input={"trigger": "go"}, output=[("date", _reads_as("%Y-%m-%d"))]),
        Example(
            input={"trigger": "go", "offset": 7, "format_type": {"discriminator": "strftime", "format": "%m/%d/%Y"}},
            output=[("date", _reads_as("%m/%d/%Y"))],
        ),
    )

    class Input(Pins):
        trigger: Any = Pin(description="What triggers the block.")
        offset: int | str = Pin(default=0, description="How many days to go back.", advanced=False)
        format_type: Annotated[DateStrftime | Iso8601, Field(discriminator="discriminator")] = Pin(
            default_factory=DateStrftime, description="How to write it."
        )

    class Output(Pins):
        date: str = Pin(description="The date.")

    async def run(self, input: Input, context: Context) -> AsyncIterator[tuple[str, Any]]:
        today = in_zone(clock(), input.format_type, context.timezone)
        yield "date", write_date(days_before(today, input.offset), input.format_type)


class GetCurrentDateAndTimeBlock(Block):
    """Tells the date and the time."""

    id = "716a67b3-6760-42e7-86dc-18645c6e00fc"
    description = "Gives the current date and time."
    categories = frozenset({Category.TEXT})
    effect = Effect.PURE
    examples = (Example(input={"trigger": "go"}, output=[("date_time", _reads_as("%Y-%m-%d %H:%M:%S"))]),)

    class Input(Pins):
        trigger: Any = Pin(description="What triggers the block.")
        format_type: Annotated[DateTimeStrftime | Iso8601, Field(discriminator="discriminator")] = Pin(
            default_factory=DateTimeStrftime, description="How to write it."
        )

    class Output(Pins):
        date_time: str = Pin(description="The date and the time.")

    async def run(self, input: Input, context: Context) -> AsyncIterator[tuple[str, Any]]:
        yield "date_time", write_date_time(in_zone(clock(), input.format_type, context.timezone), input.format_type)


def days_before(day: datetime, offset: int | str) -> datetime:
    """The day so many days earlier; text that is no whole number counts as 0.

    Raises BlockError outside the calendar.
    """
    try:
        days = int(offset)
    except ValueError:
        return day
    try:
        return day - timedelta(days=days)
    except OverflowError as error:
        raise BlockError("The input offset leads outside the years 1 to 9999.") from error
