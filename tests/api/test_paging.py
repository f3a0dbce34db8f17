"""Lists page by page: nothing is left out and nothing comes twice, whatever is added meanwhile."""

import base64
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db.models import Model, QuerySet
from rest_framework import serializers

from accounts.models import User
from api.errors import CursorInvalid
from api.models import KeyedAnswer
from api.paging import CURSOR_MAX_LENGTH, LIMIT, LIMIT_MAX, CursorQuery, page_of, page_serializer
from graphs.models import Graph
from reliability.ids import uuid7
from tests.factories import make_user

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


@pytest.fixture
def ada() -> User:
    return make_user(credits=0)


def add_answer(ada: User, at: datetime) -> Model:
    return moved(KeyedAnswer.objects.create(user=ada, key=str(uuid7()), digest=""), at)


def add_graph(ada: User, at: datetime) -> Model:
    return moved(Graph.objects.create(owner=ada, name="x"), at)


def moved(row: Any, at: datetime) -> Model:
    type(row).objects.filter(pk=row.pk).update(created_at=at)
    row.refresh_from_db()
    return row  # type: ignore[no-any-return]


def wish(cursor: str | None = "", limit: int = 3) -> dict[str, Any]:
    query = CursorQuery(data={"cursor": cursor or "", "limit": limit})
    query.is_valid(raise_exception=True)
    return dict(query.validated_data)


def pages(rows: QuerySet[Any], limit: int = 3) -> list[list[Any]]:
    found, cursor = [], ""
    while True:
        page = page_of(rows, wish(cursor, limit))
        found.append([row.pk for row in page.items])
        if page.next_cursor is None:
            return found
        cursor = page.next_cursor


@pytest.mark.parametrize("add", [add_answer, add_graph])
def test_all_pages_together_are_the_list_the_newest_first(ada: User, add: Any) -> None:
    """Three at each moment, a microsecond apart: times alone do not order them."""
    rows = [add(ada, NOON + timedelta(microseconds=number // 3)) for number in range(10)]
    expected = [row.pk for row in sorted(rows, key=lambda row: (row.created_at, row.pk), reverse=True)]
    found = pages(type(rows[0]).objects.all(), limit=4)
    assert [len(page) for page in found] == [4, 4, 2]
    assert [key for page in found for key in page] == expected


def test_a_list_that_fills_its_last_page_has_no_further_one(ada: User) -> None:
    for _ in range(6):
        add_answer(ada, NOON)
    assert [len(page) for page in pages(KeyedAnswer.objects.all())] == [3, 3]


def test_an_empty_list_is_one_empty_page(ada: User) -> None:
    assert page_of(KeyedAnswer.objects.all(), wish()).body(str) == {"items": [], "next_cursor": None}


def test_what_is_added_or_deleted_meanwhile_moves_nothing(ada: User) -> None:
    rows = [add_answer(ada, NOON + timedelta(seconds=number)) for number in range(6)]
    first = page_of(KeyedAnswer.objects.all(), wish())
    add_answer(ada, NOON + timedelta(seconds=100))
    rows[3].delete()  # the row that the cursor names
    second = page_of(KeyedAnswer.objects.all(), wish(first.next_cursor))
    assert [row.pk for row in second.items] == [rows[number].pk for number in (2, 1, 0)]


@pytest.mark.parametrize(
    "cursor",
    [
        "x",
        "é",
        "====",
        "%00",
        base64.urlsafe_b64encode(b"1 not-a-key").decode(),
        base64.urlsafe_b64encode(b"x 1").decode(),
        base64.urlsafe_b64encode(b"1").decode(),
        base64.urlsafe_b64encode(b"1" * 60 + b" 1").decode(),
        base64.urlsafe_b64encode(b"1 \xff").decode(),
    ],
)
@pytest.mark.parametrize("model", [KeyedAnswer, Graph])
def test_a_cursor_of_nobodys_making_is_refused(ada: User, model: Any, cursor: str) -> None:
    with pytest.raises(CursorInvalid) as refused:
        page_of(model.objects.all(), wish(cursor))
    assert (refused.value.http_status, list(refused.value.data["fields"])) == (400, ["cursor"])


def test_a_cursor_with_a_key_that_no_column_holds_finds_nothing_or_all_but_breaks_nothing(ada: User) -> None:
    add_answer(ada, NOON)
    for key in (2**70, -(2**70)):
        cursor = base64.urlsafe_b64encode(f"{10**15} {key}".encode()).decode()
        assert page_of(KeyedAnswer.objects.all(), wish(cursor)).items == []


@pytest.mark.parametrize(
    "query", [{"limit": 0}, {"limit": LIMIT_MAX + 1}, {"limit": "x"}, {"cursor": "x" * (CURSOR_MAX_LENGTH + 1)}]
)
def test_limits_are_checked(query: dict[str, Any]) -> None:
    assert not CursorQuery(data=query).is_valid()


def test_a_page_has_twenty_rows_unless_asked_otherwise() -> None:
    query = CursorQuery(data={})
    query.is_valid(raise_exception=True)
    assert query.validated_data == {"cursor": "", "limit": LIMIT}


def test_the_schema_of_a_page_is_named_for_its_items() -> None:
    class NoteSerializer(serializers.Serializer[Any]):
        name = serializers.CharField()

    page = page_serializer(NoteSerializer)
    assert (page.__name__, list(page().fields)) == ("NotePageSerializer", ["items", "next_cursor"])
