"""Values in hand-written SQL."""

import json
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from reliability.sql import adapters, json_text, json_value

ID = UUID("0197f000-0000-7000-8000-000000000001")
NOON = datetime(2026, 11, 23, 12, 0, 0, 250_000, tzinfo=UTC)


def test_sqlite_stores_text() -> None:
    adapt = adapters("sqlite")
    assert adapt.uuid(ID) == "0197f000000070008000000000000001"
    assert adapt.moment(NOON) == "2026-11-23 12:00:00.250000"
    assert adapt.moment(None) is None


def test_times_of_other_zones_are_stored_in_utc() -> None:
    assert adapters("sqlite").moment(NOON.astimezone(timezone(timedelta(hours=5)))) == "2026-11-23 12:00:00.250000"


def test_postgresql_stores_its_own_types() -> None:
    adapt = adapters("postgresql")
    assert (adapt.uuid(ID), adapt.moment(NOON), adapt.moment(None)) == (ID, NOON, None)


def test_other_databases_are_unknown() -> None:
    with pytest.raises(KeyError):
        adapters("mysql")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"a": [1, "ü", None, True, 1.5]}, {"a": [1, "ü", None, True, 1.5]}),
        ([float("nan"), float("inf"), -float("inf")], [None, None, None]),
        ({"a\x00b": "c\x00"}, {"ab": "c"}),
        (["\x00", float("nan")], ["", None]),
        ("\\u0000", "\\u0000"),
        ({1: "a", None: "b", 2.5: "c"}, {"1": "a", "null": "b", "2.5": "c"}),
        ({True: float("nan")}, {"true": None}),
        (10**30, 10**30),
        ("a\ud800b", "a\ufffdb"),
        ({1: (1, 2)}, {"1": [1, 2]}),
        ({1: NOON, 2: ID}, {"1": "2026-11-23T12:00:00.250000+00:00", "2": str(ID)}),
    ],
)
def test_json_is_what_both_databases_accept(value: Any, expected: Any) -> None:
    text = json_text(value)
    assert json.loads(text, parse_constant=pytest.fail) == expected
    text.encode()


@pytest.mark.parametrize("value", [{"a": Decimal(1)}, {1: object()}, {"a": {1, 2}}])
def test_what_json_has_no_word_for_is_an_error(value: Any) -> None:
    with pytest.raises(TypeError):
        json_text(value)


@pytest.mark.parametrize("digits", [18, 19, 20, 309, 4000])
def test_integers_are_read_as_they_were_written(digits: int) -> None:
    value = {"number": int("9" * digits), "text": "9" * digits}
    assert json_value(json_text(value)) == json_value(json_text(value).encode()) == value
