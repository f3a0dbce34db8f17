"""Searching for patterns that users wrote. Without any limit of its own: it runs in the sandbox.

RE2 takes a time that grows with the text only, but it knows less than Python's `re` and differs from it in places.
It is asked where both mean the same; everything else is left to `regex`, which goes back and tries again.
"""

import itertools
import re
from collections.abc import Iterable
from typing import Any

import re2  # type: ignore[import-untyped]
import regex

#: Characters of one match.
MAX_MATCH = 10_000

#: What both engines understand in the same way, for text in ASCII.
_ALIKE = re.compile(
    r"""(?: [A-Za-z0-9\ _,;:!@%&=<>"'/~`.^$|-]
    | \\[dDwWsSbBntr] | \\[.^$*+?()\[\]{}|\\/"'-]
    | \[\^?(?:[A-Za-z0-9\ _,;:!@%=<>"'/`.*+?$(){}|-] | \\[dDwWsSntr] | \\[.^$*+?()\[\]{}|\\/"'-])+\]
    | \((?:\?:|\?P<[A-Za-z_][A-Za-z0-9_]*>|(?!\?)) | \)
    | [*+?]\?? | \{[0-9]+(?:,[0-9]*)?\}\?? )*""",
    re.VERBOSE,
)
#: What only Python's `\s` takes for space.
_ODD_SPACE = re.compile(r"[\x0b\x1c-\x1f]")


class PatternFault(ValueError):
    """The pattern or its matches are not as they may be."""


def find(pattern: str, text: str, *, flags: int, group: int, most: int) -> list[str]:
    """The group's text of each match, one more than `most` if there are more. flags: those of `regex`."""
    compiled = _engine(pattern, text, flags)
    if not 0 <= group <= compiled.groups:
        return []
    matches = list(itertools.islice(compiled.finditer(text), most + 1))
    if any(match.start() == match.end() for match in matches):  # after these, the engines go on in different places
        return texts(regex.compile(pattern, flags).finditer(text), group=group, most=most)
    return texts(matches, group=group, most=most)


def occurs(pattern: str, text: str, *, flags: int) -> bool:
    """Whether it is found anywhere."""
    return _engine(pattern, text, flags).search(text) is not None


def texts(matches: Iterable[Any], *, group: int, most: int) -> list[str]:
    """What the group matched each time; empty where it has no part. Raises PatternFault for one too long."""
    found: list[str] = []
    for match in matches:
        found.append(match.group(group) or "")
        if len(found[-1]) > MAX_MATCH:
            raise PatternFault(f"A match has {len(found[-1]):,} characters; the limit is {MAX_MATCH:,}.")
        if len(found) > most:
            break
    return found


def means_the_same(pattern: str, text: str) -> bool:
    """Whether RE2 finds what `regex` would."""
    if not (pattern.isascii() and text.isascii() and _ALIKE.fullmatch(pattern)):
        return False
    if "$" in pattern and text.endswith("\n"):
        return False
    return not (re.search(r"\\[sS]", pattern) and _ODD_SPACE.search(text))


def _engine(pattern: str, text: str, flags: int) -> Any:
    if means_the_same(pattern, text):
        options = re2.Options()
        options.log_errors = False
        options.case_sensitive = not flags & regex.IGNORECASE
        options.dot_nl = bool(flags & regex.DOTALL)
        try:
            return re2.compile(pattern, options)
        except re2.error:
            pass  # beyond its limits
    return regex.compile(pattern, flags)
