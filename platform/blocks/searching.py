"""Searching texts for patterns that users wrote, within bounds. The syntax is that of Python's `re`."""

import json
import re
from typing import Any

import regex

from blocks.errors import BlockError
from reliability.patterns import PatternFault, texts

#: Characters.
MAX_TEXT = 1_000_000
MAX_PATTERN = 10_000
#: Elements of a pattern after its fixed repetitions were written out, which is how it is compiled.
MAX_ELEMENTS = 100_000

_TOKEN = re.compile(
    r"""(?P<repeat>\{\s*(?P<least>\d*)\s*(?:,\s*\d*\s*)?\})
    | (?P<recursion>\(\?(?:R|[+-]?\d|&|P>)) | (?P<open>\() | (?P<close>\))
    | (?P<element>\\. | \[\^?\]?(?:\\.|[^\]\\])*+\] | .)""",
    re.DOTALL | re.VERBOSE,
)


def find_matches(pattern: Any, text: str, *, group: int, most: int, seconds: float) -> list[str]:
    """The group's text of each match, one more than `most` if there are more; empty for a group without a part.

    A group that the pattern does not have matches nothing.
    Raises BlockError for a match that is too long, TimeoutError after `seconds`.
    """
    if not 0 <= group <= pattern.groups:
        return []
    try:
        return texts(pattern.finditer(text, timeout=seconds, concurrent=True), group=group, most=most)
    except PatternFault as error:
        raise BlockError(str(error)) from error


def compiled(pattern: str, *, case_sensitive: bool, dot_all: bool) -> Any:
    """Raises BlockError for a pattern that is faulty or beyond the bounds."""
    _check(pattern)
    flags = (0 if case_sensitive else regex.IGNORECASE) | (regex.DOTALL if dot_all else 0)
    try:
        return regex.compile(pattern, flags)
    except (regex.error, RecursionError, OverflowError, MemoryError) as error:
        raise BlockError(f"The pattern is faulty: {error}.") from error


def searchable(value: Any) -> str:
    """Text as it is, anything else as JSON. Raises BlockError for more than a pattern may search."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    if len(text) > MAX_TEXT:
        raise BlockError(f"The text has {len(text):,} characters; the limit is {MAX_TEXT:,}.")
    return text


def _check(pattern: str) -> None:
    """Neither compiling nor the memory that a search takes is limited by its time, so what is greedy is refused."""
    if len(pattern) > MAX_PATTERN:
        raise BlockError(f"The pattern has {len(pattern):,} characters; the limit is {MAX_PATTERN:,}.")
    if any(token["recursion"] for token in _TOKEN.finditer(pattern)):
        raise BlockError("The pattern contains itself or one of its groups, which is not allowed.")
    if written_out(pattern) > MAX_ELEMENTS:
        raise BlockError(f"The pattern repeats more than {MAX_ELEMENTS:,} elements.")


def written_out(pattern: str) -> int:
    """How many elements the pattern has, roughly, when `(ab){50}` is written as 50 times `ab`."""
    sizes, last = [0], 0  # of the groups that are open, and of the element that a repetition would refer to
    for token in _TOKEN.finditer(pattern):
        if token["open"]:
            sizes.append(0)
            continue
        if token["repeat"]:
            grown = last * max(1, int(token["least"][:9] or 0))
            sizes[-1] += grown - last
            last = grown
            continue
        last = sizes.pop() if token["close"] and len(sizes) > 1 else 1
        sizes[-1] += last
    return sum(sizes)
