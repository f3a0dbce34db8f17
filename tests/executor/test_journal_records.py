"""Many rows in one statement."""

from datetime import UTC, datetime

import orjson
import pytest
from django.db import connection

from executor.journal import records
from executor.journal.records import row_statement
from reliability.ids import uuid7
from tests.executor.building import build, result
from tests.executor.running import outputs, ran
from tests.factories import make_user

COLUMNS = {"id": "uuid", "data": "jsonb", "at": "timestamptz"}


class _Cursor:
    """Keeps what it is told to execute."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    def execute(self, sql: str, values: tuple[str]) -> None:
        self.texts.append(values[0])


def test_rows_become_objects_with_their_json_inside() -> None:
    cursor, id_, now = _Cursor(), uuid7(), datetime.now(UTC)
    row_statement("postgresql", "t", COLUMNS).execute(cursor, [(id_, '{"a":null}', now)])
    assert orjson.loads(cursor.texts[0]) == [{"id": str(id_), "data": {"a": None}, "at": now.isoformat()}]


def test_large_rows_go_in_several_statements(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(records, "STATEMENT_CHARACTERS", 10)
    cursor = _Cursor()
    rows = [(uuid7(), f'"{"x" * 6}"', None) for _ in range(5)]
    row_statement("postgresql", "t", COLUMNS).execute(cursor, rows)
    assert [len(orjson.loads(text)) for text in cursor.texts] == [2, 2, 1]


@pytest.mark.django_db(transaction=True)
def test_an_output_of_nothing_is_a_null_of_json_and_no_missing_value() -> None:
    document = build(
        {"sum": ("Calculator", {"operation": "Divide", "a": 1, "b": 0}), "out": result("out")},
        ["sum.result -> out.value"],
    )
    assert outputs(ran(make_user(), document)) == {"out": [None]}
    with connection.cursor() as cursor:
        cursor.execute("SELECT COUNT(*), COUNT(data) FROM executor_nodeoutput")
        written, with_data = cursor.fetchone()
    assert written == with_data > 0


@pytest.mark.django_db(transaction=True)
def test_a_commit_that_is_too_large_for_one_statement_takes_several(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(records, "STATEMENT_CHARACTERS", 10)
    document = build(
        {"many": ("Count", {"count": 20}), "pause": ("Pause", {"seconds": 0}), "out": result("out")},
        ["many.number -> pause.value", "pause.value -> out.value"],
    )
    assert outputs(ran(make_user(), document)) == {"out": list(range(1, 21))}
