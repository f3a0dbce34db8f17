"""Masking a text that still grows: what could turn out to be a secret is held back until it cannot. Pure."""

from collections.abc import Iterator, Sequence
from itertools import takewhile

from reliability.secrets import MASK

Span = tuple[int, int]


def certain(text: str, spellings: Sequence[str]) -> tuple[str, int]:
    """What may be shown of a text that more may follow, with masks; and how many of its characters that is.

    spellings: of secrets.  Whatever follows, the rest of the text can be looked at by itself: no secret is in both.
    """
    spans = _joined(sorted(_places(text, spellings)))
    end = min((_held_from(text, spelling) for spelling in spellings), default=len(text))
    end = next((start for start, stop in spans if start < end < stop), end)
    shown, after = [], 0
    for start, stop in takewhile(lambda span: span[1] <= end, spans):
        shown += [text[after:start], MASK]
        after = stop
    return "".join([*shown, text[after:end]]), end


def _places(text: str, spellings: Sequence[str]) -> Iterator[Span]:
    """Wherever one of them stands, also over another."""
    for spelling in spellings:
        start = text.find(spelling)
        while start >= 0:
            yield start, start + len(spelling)
            start = text.find(spelling, start + 1)


def _joined(spans: Sequence[Span]) -> list[Span]:
    """Those that overlap as one. spans: in order."""
    found: list[Span] = []
    for start, stop in spans:
        if found and start < found[-1][1]:
            found[-1] = found[-1][0], max(stop, found[-1][1])
        else:
            found.append((start, stop))
    return found


def _held_from(text: str, spelling: str) -> int:
    """Where the longest ending of the text begins that the spelling goes on from; its length if there is none."""
    start = text.find(spelling[0], max(0, len(text) - len(spelling) + 1))
    while start >= 0 and not spelling.startswith(text[start:]):
        start = text.find(spelling[0], start + 1)
    return len(text) if start < 0 else start
