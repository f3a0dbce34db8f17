"""How dispatching talks to the database: through the driver's own cursors, and behind locks where it must be exact."""

import contextlib
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

import psycopg
from django.db import connection

from executor.dispatch.limits import limits
from executor.dispatch.statements import TABLE
from reliability.sql import adapters

Row = tuple[Any, ...]
Values = Mapping[str, Any]

#: Takes a lock of PostgreSQL that ends with the transaction. SQLite needs none: there, writers follow one another.
#: The second argument of the hash tells the kinds of locks apart.
LOCK_CLAIMS = "SELECT pg_advisory_xact_lock(hashtextextended('', 1))"
LOCK_CLAIMS_OF_ITS_USER = (
    f"SELECT pg_advisory_xact_lock(hashtextextended(user_id::text, 1)) FROM {TABLE} WHERE id = %(id)s"
)
LOCK_STARTS_OF_USER = "SELECT pg_advisory_xact_lock(hashtextextended(%(user)s::text, 2))"
LOCK_TURNS = "SELECT pg_advisory_xact_lock(hashtextextended('', 3))"


def one(statement: str, values: Values, *, locks: tuple[str, ...] = ()) -> Row | None:
    """The first row of a statement that runs once its locks are held.

    Outside a transaction, locks and statement are one of their own; each sees what was committed when its turn came.
    All of it takes one round trip.
    """
    rows = many(statement, values, locks=locks)
    return rows[0] if rows else None


def follow_own_starts(user_id: UUID) -> None:
    """Let what this user starts or makes under a limit follow one another, from here to the end of the transaction.

    Called inside one. What is counted afterwards stays so until then.
    """
    one("SELECT 1", {"user": user_id}, locks=(LOCK_STARTS_OF_USER,))


def many(statement: str, values: Values, *, locks: tuple[str, ...] = ()) -> list[Row]:
    """All rows of it."""
    connection.ensure_connection()
    bound = asdict(limits()) | {name: _bound(value) for name, value in values.items()}
    with connection.wrap_database_errors:
        if connection.vendor == "postgresql":
            return _postgres(statement, bound, locks)
        with contextlib.closing(connection.connection.cursor()) as cursor:
            return list(cursor.execute(statement, bound))


def _postgres(statement: str, bound: Values, locks: tuple[str, ...]) -> list[Row]:
    cursor = psycopg.Cursor(connection.connection)
    with connection.connection.pipeline() if locks else contextlib.nullcontext():
        for lock in locks:
            psycopg.Cursor(connection.connection).execute(lock, bound)
        cursor.execute(statement, bound)
    return cursor.fetchall()


def _bound(value: Any) -> Any:
    adapt = adapters(connection.vendor)
    if isinstance(value, UUID):
        return adapt.uuid(value)
    return adapt.moment(value) if isinstance(value, datetime) else value


def as_uuid(value: str | UUID) -> UUID:
    """As the driver gives it: SQLite has no type for it."""
    return value if isinstance(value, UUID) else UUID(value)
