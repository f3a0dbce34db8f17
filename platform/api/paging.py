"""Lists that clients read page by page, the newest first: `?cursor=…&limit=…`, answered with `{items, next_cursor}`.

A cursor names the last row that was seen. So no row is left out or comes twice, whatever is added meanwhile.
"""

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Generic, TypeVar

from django.core.exceptions import ValidationError
from django.db.models import Model, Q, QuerySet
from rest_framework import serializers

from api.errors import CursorInvalid

LIMIT, LIMIT_MAX = 20, 100
CURSOR_MAX_LENGTH = 200

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

Row = TypeVar("Row", bound=Model)


class CursorQuery(serializers.Serializer[Any]):
    """The parameters of such a list; a view that filters adds its own."""

    cursor = serializers.CharField(required=False, allow_blank=True, default="", max_length=CURSOR_MAX_LENGTH)
    limit = serializers.IntegerField(min_value=1, max_value=LIMIT_MAX, default=LIMIT)


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    items: list[Row]
    #: Of the page after this one; None after the last.
    next_cursor: str | None

    def body(self, item: Callable[[Row], Any]) -> dict[str, Any]:
        return {"items": [item(row) for row in self.items], "next_cursor": self.next_cursor}


def page_of(rows: QuerySet[Row], wish: Mapping[str, Any], *, time: str = "created_at") -> Page[Row]:
    """Read one page, the newest first.

    wish: `cursor` and `limit`, as CursorQuery has checked them.  time: the field that says how new a row is; with the
    primary key after it, both should be in an index.  Raises CursorInvalid.
    """
    limit = wish["limit"]
    if wish["cursor"]:
        rows = rows.filter(_older(rows.model, wish["cursor"], time))
    found = list(rows.order_by(f"-{time}", "-pk")[: limit + 1])
    items = found[:limit]
    return Page(items, _cursor(items[-1], time) if len(found) > limit else None)


def page_serializer(item: type[serializers.BaseSerializer[Any]]) -> type[serializers.Serializer[Any]]:
    """What the schema says of a page of such items."""
    fields = {"items": item(many=True), "next_cursor": serializers.CharField(allow_null=True)}
    return type(item.__name__.removesuffix("Serializer") + "PageSerializer", (serializers.Serializer,), fields)


def _cursor(row: Model, time: str) -> str:
    text = f"{(getattr(row, time) - _EPOCH) // _MICROSECOND} {row.pk}"
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _older(model: type[Model], cursor: str, time: str) -> Q:
    """The first condition alone would do for no row; it is there so that the index is used."""
    moment, key = _read(model, cursor)
    return Q(**{f"{time}__lte": moment}) & (Q(**{f"{time}__lt": moment}) | Q(**{time: moment, "pk__lt": key}))


def _read(model: type[Model], cursor: str) -> tuple[datetime, Any]:
    try:
        text = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True).decode("ascii")
        microseconds, _, key = text.partition(" ")
        return _EPOCH + int(microseconds) * _MICROSECOND, model._meta.pk.to_python(key)
    except (ValueError, OverflowError, ValidationError) as error:
        raise CursorInvalid from error
