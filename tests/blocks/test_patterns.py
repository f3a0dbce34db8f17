from typing import Any

import pytest

from blocks.errors import BlockError
from blocks.library.patterns import ExtractTextInformationBlock, MatchTextPatternBlock
from blocks.searching import written_out
from tests.blocks.fakes import make_context
from tests.blocks.running import outputs

#: Takes far longer than the limit on SLOW_TEXT.
SLOW_PATTERN = r"^(\w|\w\w)+?(?:(a)|b|a?)*\1\2$"
SLOW_TEXT = "a" * 5_000 + "!"


async def match(text: Any, pattern: str, **inputs: Any) -> list[tuple[str, Any]]:
    return await outputs(MatchTextPatternBlock(), {"text": text, "match": pattern, "data": None, **inputs})


async def extract(text: Any, pattern: str, **inputs: Any) -> tuple[list[tuple[str, Any]], str | None]:
    """The outputs, and the trouble that is noted in the statistics."""
    context = make_context()
    emitted = await outputs(ExtractTextInformationBlock(), {"text": text, "pattern": pattern, **inputs}, context)
    return emitted, context.stats.extra.get("trouble")


def nothing(text: Any) -> list[tuple[str, Any]]:
    return [("negative", text), ("matched_results", []), ("matched_count", 0)]


async def test_pattern_is_found_anywhere_in_the_text() -> None:
    assert await match("say hello", "hel+o") == [("positive", "say hello")]
    assert await match("say hello", "^hello") == [("negative", "say hello")]


async def test_branch_gives_the_data_unless_it_is_empty() -> None:
    assert await match("a", "a", data=[1]) == [("positive", [1])]
    assert await match("a", "b", data=0) == [("negative", "a")]


async def test_case_and_line_breaks_can_be_overlooked() -> None:
    assert await match("A\nB", "a.b") == [("negative", "A\nB")]
    assert await match("A\nB", "a.b", case_sensitive=False) == [("positive", "A\nB")]
    assert await match("A\nB", "a.b", case_sensitive=False, dot_all=False) == [("negative", "A\nB")]


async def test_anything_but_text_is_searched_as_json() -> None:
    assert await match({"a": "é"}, '"a": "é"') == [("positive", {"a": "é"})]


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [
        ("(", r"faulty: missing \)"),
        ("a" * 10_001, "10,000"),
        ("(a{1000}){1000}", "repeats"),
        ("a{9999}" * 1_000, "repeats"),
        ("a{99999999999}", "repeats"),
        ("(?:a|(?R))+", "contains itself"),
        ("(?P<n>a(?&n)?)", "contains itself"),
        ("(" * 3_000 + ")" * 3_000, "faulty"),
    ],
)
async def test_faulty_or_greedy_pattern_fails(pattern: str, reason: str) -> None:
    with pytest.raises(BlockError, match=reason):
        await match("a", pattern)


async def test_literal_brackets_are_not_taken_for_groups() -> None:
    assert await match("call (123)", r"\(?1\d{2}\)?") == [("positive", "call (123)")]
    assert await match("(?R", r"[(?R]{3}") == [("positive", "(?R")]


@pytest.mark.parametrize(
    ("pattern", "elements"),
    [("abc", 3), ("a{3}", 3), ("(ab){50}c", 101), ("((a{2}){3}){4}", 24), (r"\(a[(){2}]{2,9}", 4), ("a{,5}b{0}", 2)],
)
def test_repetitions_are_counted_as_written_out(pattern: str, elements: int) -> None:
    assert written_out(pattern) == elements


async def test_pattern_that_takes_too_long_fails() -> None:
    with pytest.raises(BlockError, match="more than 2 s of computing"):
        await match(SLOW_TEXT, SLOW_PATTERN)


async def test_first_match_is_taken() -> None:
    emitted, trouble = await extract("a1 b22", r"[a-z]\d+")

    assert emitted == [("positive", "a1"), ("matched_results", ["a1"]), ("matched_count", 1)]
    assert trouble is None


async def test_all_matches_of_a_group_are_taken() -> None:
    emitted, _ = await extract("a1 b c3", r"([a-z])(\d)?", group=2, find_all=True)

    assert emitted == [
        ("positive", "1"),
        ("positive", ""),
        ("positive", "3"),
        ("matched_results", ["1", "", "3"]),
        ("matched_count", 3),
    ]


async def test_group_that_the_pattern_lacks_matches_nothing() -> None:
    assert await extract("a", "a", group=1) == (nothing("a"), None)


async def test_thousand_matches_are_not_too_many() -> None:
    emitted, trouble = await extract("a" * 1_000, "a", find_all=True)

    assert emitted[-1] == ("matched_count", 1_000)
    assert trouble is None


@pytest.mark.parametrize(
    ("text", "pattern", "reason"),
    [
        ("a", "(", "faulty"),
        ("a" * 1_001, "a", "more than 1,000"),
        ("a" * 10_001, "a+", "10,001 characters"),
        ("a" * 1_000_001, "b", "1,000,001 characters"),
    ],
)
async def test_trouble_means_no_match_and_is_noted(text: str, pattern: str, reason: str) -> None:
    emitted, trouble = await extract(text, pattern, find_all=True)

    assert emitted == nothing(text)
    assert trouble is not None
    assert reason in trouble
