"""No request changes a field that its serializer does not name.

Each request that writes is sent twice as it should be, to see what it writes and which columns differ each time, and
then once more for each model that it writes, with all fields of this model that the serializer does not have.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.apps import apps
from django.conf import LazySettings
from django.db import models, transaction
from rest_framework import serializers
from rest_framework.test import APIClient

from accounts.models import User
from tests.api.belongings import Belongings, addressed
from tests.api.cast import Scene
from tests.api.requests import good
from tests.api.test_access_matrix import CASES, by_page

#: Their body is the inputs of a block, or a graph as it was exported, and nothing else.
OPEN = {"blocks/<str:block_id>/execute"}
WRITES = [(method, route) for method, route in CASES if method != "GET" and route not in OPEN]
NOT_OURS = ("django", "allauth")
MOMENT, NUMBER, TEXT = "1999-01-01T00:00:00Z", 77_777, "hostile"

Table = dict[Any, dict[str, Any]]


@pytest.fixture
def its(scene: Scene) -> Belongings:
    return Belongings(scene)


@pytest.fixture(autouse=True)
def world(settings: LazySettings) -> None:
    settings.OAUTH_CLIENTS = {"google": "us:client:secret"}


@pytest.mark.parametrize(("method", "route"), WRITES, ids=[" ".join(case) for case in WRITES])
def test_only_what_the_serializer_names_is_written(
    method: str, route: str, its: Belongings, monkeypatch: pytest.MonkeyPatch
) -> None:
    body, page = good(method, route).body(its), by_page(its.ada)
    address, before = addressed(route, its, **good(method, route).at), tables()
    accepted = accepted_names(monkeypatch, body)
    status, plain = outcome(page, method, address, body)
    _, again = outcome(page, method, address, body)
    for model in written(before, plain):
        more = hostile(model, accepted)
        found_status, found = outcome(page, method, address, body | more)
        assert (found_status, rows(found, plain, again)) == (status, rows(plain, plain, again)), model
        assert not holds(found, before), model


def test_a_field_that_is_written_by_mistake_is_seen(its: Belongings) -> None:
    """What the test above compares is not empty."""
    before = tables()
    its.ada.is_staff = True
    its.ada.save()
    after = tables()
    assert written(before, after) == [User]
    assert rows(before, before, before) != rows(after, before, before)


def outcome(page: APIClient, method: str, address: str, body: dict[str, Any]) -> tuple[int, dict[Any, Table]]:
    """What is answered and what is in the database then; nothing of it stays."""
    with undone():
        answer = getattr(page, method.lower())(address, body, format="json")
        return answer.status_code, tables()


@contextmanager
def undone() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def accepted_names(monkeypatch: pytest.MonkeyPatch, body: dict[str, Any]) -> set[str]:
    """Filled while requests are handled: the fields of every serializer that is given their body."""
    names: set[str] = set()
    validate = serializers.Serializer.run_validation

    def note(serializer: Any, data: Any = serializers.empty) -> Any:
        if isinstance(data, dict) and set(body) <= set(data):
            names.update(serializer.fields)
        return validate(serializer, data)

    monkeypatch.setattr(serializers.Serializer, "run_validation", note)
    return names


def tables() -> dict[Any, Table]:
    """`{model: {primary key: {field: value}}}`."""
    ours = (model for model in apps.get_models() if not model.__module__.startswith(NOT_OURS))
    return {model: {row.pk: values(row) for row in model._default_manager.all()} for model in ours}


def values(row: models.Model) -> dict[str, Any]:
    return {field.attname: field.value_from_object(row) for field in row._meta.concrete_fields}


def written(before: dict[Any, Table], after: dict[Any, Table]) -> list[Any]:
    return [model for model in after if after[model] != before[model]]


def rows(found: dict[Any, Table], one: dict[Any, Table], two: dict[Any, Table]) -> dict[Any, Any]:
    """Without the columns in which the two differ."""
    return {model: without(table, changing(model, one, two)) for model, table in found.items()}


def without(table: Table, names: set[str]) -> list[str]:
    return sorted(repr({name: value for name, value in row.items() if name not in names}) for row in table.values())


def changing(model: Any, one: dict[Any, Table], two: dict[Any, Table]) -> set[str]:
    names = [field.attname for field in model._meta.concrete_fields]
    return {name for name in names if column(one[model], name) != column(two[model], name)}


def column(table: Table, name: str) -> list[str]:
    return sorted(repr(row[name]) for row in table.values())


def hostile(model: Any, accepted: set[str]) -> dict[str, Any]:
    """A value for every field of a model, by both its names."""
    found = {}
    for field in model._meta.concrete_fields:
        for name in {field.name, field.attname} - accepted:
            found[name] = hostile_value(field)
    return found


def hostile_value(field: Any) -> Any:
    if field.is_relation:
        return str(User.objects.get(email="grace@example.org").pk) if field.related_model is User else NUMBER
    if field.choices:
        return field.choices[-1][0]
    if isinstance(field, models.BooleanField):
        return field.default is not True
    if isinstance(field, models.DateTimeField):
        return MOMENT
    return NUMBER if isinstance(field, models.IntegerField) else TEXT


def holds(found: dict[Any, Table], before: dict[Any, Table]) -> list[Any]:
    """Rows with a hostile value, in columns that differ each time too."""
    return [
        (model, row)
        for model, table in found.items()
        for key, row in table.items()
        if row != before[model].get(key)
        for value in row.values()
        if value in (NUMBER, TEXT) or str(value).startswith("1999-01-01")
    ]
