"""What the hash of a payload says, and for how long a question was open."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from executor.reviews.loading import seconds_covered
from executor.reviews.questions import digest

START = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ('{"a": 1, "b": 2}', '{"b":2,"a":1}'),
        ("1e16", "10000000000000000"),
        ("1e+300", "1" + "0" * 300),
        ("[-0.0, 1.0]", "[0, 1]"),
        ('"\\u00e4"', '"ä"'),
        ("0.0000001", "1e-7"),
    ],
)
def test_what_a_database_may_write_in_another_way_has_the_same_hash(one: str, other: str) -> None:
    assert digest(one) == digest(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [('{"a": 1}', '{"a": "1"}'), ("[1, 2]", "[2, 1]"), ("null", "0"), ("true", "1"), ("1", "1.5"), ('""', "null")],
)
def test_what_says_something_else_has_another_hash(one: str, other: str) -> None:
    assert digest(one) != digest(other)


@pytest.mark.parametrize(
    ("spans", "seconds"),
    [
        ([], 0),
        ([(0, 5)], 5),
        ([(0, 5), (10, 15)], 10),
        ([(0, 5), (3, 8)], 8),
        ([(3, 8), (0, 10)], 10),
        ([(0, 5), (5, 6)], 6),
    ],
)
def test_time_in_which_something_was_asked_counts_once(spans: list[tuple[int, int]], seconds: int) -> None:
    moments: Any = [tuple(START + timedelta(seconds=second) for second in span) for span in spans]
    assert seconds_covered(moments) == seconds
