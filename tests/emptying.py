"""Emptying the database after a transactional test, in milliseconds.

Django's own `flush` announces a migration afterwards, upon which all permissions and content types are made again; that
costs ten times as much as the rest. Here they stay, and so do the prices that blocks declare, if they are untouched.
"""

from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

import pytest

#: What migrations and what follows them have put in.
KEPT = {"django_content_type", "auth_permission"}
PRICES = "pricing_priceversion"

#: The rows of that table as they were after it was filled.
_declared: list[tuple[Any, ...]] = []


@pytest.fixture(scope="session", autouse=True)
def empty_quickly() -> Iterator[None]:
    """Transactional tests end with the command `flush`."""
    from django.core.management.commands.flush import Command  # only once Django is set up

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Command, "handle", lambda command, **options: empty())
        yield


def empty() -> None:
    """Delete every row, past the triggers and whatever refers to whatever."""
    from django.db import connection

    from credits.pricing.sync import sync

    are_untouched = _prices() == _declared
    tables = [table for table in _tables() if not (are_untouched and table == PRICES)]
    {"sqlite": _empty_sqlite, "postgresql": _empty_postgres}[connection.vendor](tables)
    if not are_untouched:
        sync()
        _declared[:] = _prices()


def _prices() -> list[tuple[Any, ...]]:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(f'SELECT * FROM "{PRICES}" ORDER BY id')
        return cursor.fetchall()


def _empty_sqlite(tables: Sequence[str]) -> None:
    """Most have no rows, and to ask all of them costs less than to empty two."""
    from django.db import connection

    from tests.append_only import lifted

    with lifted(connection), connection.cursor() as cursor:
        cursor.execute("PRAGMA defer_foreign_keys = ON")
        cursor.execute("SELECT " + ", ".join(f'EXISTS (SELECT 1 FROM "{table}")' for table in tables))
        for table, has_rows in zip(tables, cursor.fetchone(), strict=True):
            if has_rows:
                cursor.execute(f'DELETE FROM "{table}"')


def _empty_postgres(tables: Sequence[str]) -> None:
    """As a replica does it, no trigger fires and no foreign key is looked at. Truncating would cost 40 ms."""
    from django.db import connection, transaction

    with transaction.atomic(), connection.cursor() as cursor:
        deletes = "; ".join(f'DELETE FROM "{table}"' for table in tables)
        cursor.execute(f"SET LOCAL session_replication_role = replica; {deletes}")


@cache
def _tables() -> list[str]:
    from django.db import connection

    return [name for name in connection.introspection.django_table_names(only_existing=True) if name not in KEPT]
