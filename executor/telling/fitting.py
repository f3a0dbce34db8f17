"""What is large in the rows of a list: read one after the other, as far as an answer has room for it."""

from collections.abc import Callable, Sequence
from typing import Any

from django.db.models import Model

from executor.telling.room import Room

#: Of a graph version that is selected with other rows; a list tells its number alone.
LARGE_IN_VERSION = ("version__description", "version__extras", "version__import_report")


def fill(rows: Sequence[Model], column: str, *, empty: Callable[[], Any] = dict) -> set[Any]:
    """Give rows of one model their values of a column that was deferred, up to the first that has no room.

    Returns the primary keys of those that have theirs; the others have `empty()`.
    """
    found = _fitting(rows, column)
    for row in rows:
        setattr(row, column, found[row.pk] if row.pk in found else empty())
    return set(found)


def _fitting(rows: Sequence[Model], column: str) -> dict[Any, Any]:
    """`{primary key: value}`, in the order of the model."""
    room = Room()
    found: dict[Any, Any] = {}
    if not rows:
        return found
    stored = type(rows[0])._default_manager.filter(pk__in=[row.pk for row in rows])
    for key, value in stored.values_list("pk", column).iterator(chunk_size=1):
        if not room.has(value):
            break
        found[key] = value
    return found
