"""Finding patterns in texts.

Patterns are the user's, so each runs for a moment here and else in the sandbox; the syntax is that of Python's `re`.
"""

from collections.abc import AsyncIterator, Awaitable
from typing import Any, TypeVar

from blocks.base import Block, Category, Effect, Example, Pin, Pins
from blocks.context import Context
from blocks.errors import BlockError
from blocks.patience import QUICK_SECONDS
from blocks.searching import compiled, find_matches, searchable
from reliability.sandbox import SandboxError
from reliability.sandbox.aside import find_aside, occurs_aside

MAX_MATCHES = 1_000

Found = TypeVar("Found")


class MatchTextPatternBlock(Block):
    """Tells whether a pattern is found in a text."""

    id = "3060088f-6ed9-4928-9ba7-9c92823a7ccd"
    description = "Opens the positive branch if the pattern is found in the text, else the negative one."
    categories = frozenset({Category.TEXT})
    effect = Effect.PURE
    examples = (
        Example(input={"text": "abc 12", "match": r"\d+", "data": {"a": 1}}, output=[("positive", {"a": 1})]),
        Example(input={"text": "abc", "match": r"\d+", "data": None}, output=[("negative", "abc")]),
    )

    class Input(Pins):
        text: Any = Pin(description="The text; anything else is searched as JSON.")
        match: str = Pin(description="The pattern, a regular expression.")
        data: Any = Pin(description="What the branch gives; the text if this is empty.")
        case_sensitive: bool = Pin(default=True, description="Whether upper and lower case differ.")
        dot_all: bool = Pin(default=True, description="Whether a dot matches a line break too.")

    class Output(Pins):
        positive: Any = Pin(description="Given if the pattern is found.")
        negative: Any = Pin(description="Given if it is not.")

    async def run(self, input: Input, context: Context) -> AsyncIterator[tuple[str, Any]]:
        pattern = compiled(input.match, case_sensitive=input.case_sensitive, dot_all=input.dot_all)
        text = searchable(input.text)

        try:
            found = pattern.search(text, timeout=QUICK_SECONDS, concurrent=True) is not None
        except TimeoutError:
            found = await _bounded(occurs_aside(pattern.pattern, text, flags=pattern.flags))
        yield "positive" if found else "negative", input.data or input.text


class ExtractTextInformationBlock(Block):
    """Takes what matches a pattern out of a text. Trouble means no match; its reason stands in the statistics."""

    id = "3146e4fe-2cdd-4f29-bd12-0c9d5bb4deb0"
    description = "Takes the parts that match a pattern out of a text."
    categories = frozenset({Category.TEXT})
    effect = Effect.PURE
    examples = (
        Example(
            input={"text": "a1 b22", "pattern": r"[a-z](\d+)", "group": 1, "find_all": True},
            output=[("positive", "1"), ("positive", "22"), ("matched_results", ["1", "22"]), ("matched_count", 2)],
        ),
        Example(
            input={"text": "none", "pattern": r"\d+"},
            output=[("negative", "none"), ("matched_results", []), ("matched_count", 0)],
        ),
    )

    class Input(Pins):
        text: Any = Pin(description="The text; anything else is searched as JSON.")
        pattern: str = Pin(description="The pattern, a regular expression.")
        group: int = Pin(default=0, description="The number of the group to take; 0 is the whole match.")
        case_sensitive: bool = Pin(default=True, description="Whether upper and lower case differ.")
        dot_all: bool = Pin(default=True, description="Whether a dot matches a line break too.")
        find_all: bool = Pin(default=False, description="Whether to go on after the first match.")

    class Output(Pins):
        positive: str = Pin(description="A match; one after the other.")
        negative: Any = Pin(description="The text, if nothing matches.")
        matched_results: list[str] = Pin(description="All matches.")
        matched_count: int = Pin(description="How many there are.")

    async def run(self, input: Input, context: Context) -> AsyncIterator[tuple[str, Any]]:
        try:
            matches = await _matches(input)
        except BlockError as error:
            matches, context.stats.extra["trouble"] = [], str(error)
        for match in matches:
            yield "positive", match
        if not matches:
            yield "negative", input.text
        yield "matched_results", matches
        yield "matched_count", len(matches)


async def _matches(input: ExtractTextInformationBlock.Input) -> list[str]:
    pattern = compiled(input.pattern, case_sensitive=input.case_sensitive, dot_all=input.dot_all)
    text = searchable(input.text)

    most = MAX_MATCHES if input.find_all else 1
    try:
        matches = find_matches(pattern, text, group=input.group, most=most, seconds=QUICK_SECONDS)
    except TimeoutError:
        found = find_aside(pattern.pattern, text, flags=pattern.flags, group=input.group, most=most)
        matches = await _bounded(found)
    if input.find_all and len(matches) > MAX_MATCHES:
        raise BlockError(f"The pattern matches more than {MAX_MATCHES:,} times.")
    return matches if input.find_all else matches[:1]


async def _bounded(work: Awaitable[Found]) -> Found:
    try:
        return await work
    except SandboxError as error:
        raise BlockError(f"The pattern cannot be searched for in this text. {error}") from error
