"""Emptying the database after a transactional test, in milliseconds.

Django's own `flush` announces a migration afterwards, upon which all permissions and content types are made again; that
costs ten times as much as the rest. Here they stay, and only the prices that blocks declare are put back.
"""

from collections.abc import Iterator, Sequence
from functools import cache

import pytest

#: What migrations and what follows them have put in.
KEPT = {"django_content_type", "auth_permission"}


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

    {"sqlite": _empty_sqlite, "postgresql": _empty_postgres}[connection.vendor](_tables())
    sync()


def _empty_sqlite(tables: Sequence[str]) -> None:
    from django.db import connection

    from tests.append_only import lifted

    with lifted(connection), connection.cursor() as cursor:
        cursor.execute("PRAGMA defer_foreign_keys = ON")
        for table in tables:
            cursor.execute(f'DELETE FROM "{table}"')


def _empty_postgres(tables: Sequence[str]) -> None:
    """As a replica does it, no trigger fires and no foreign key is looked at. Truncating would cost 40 ms."""
    from django.db import connection, transaction

    deletes = "; ".join(f'DELETE FROM "{table}"' for table in tables)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL session_replication_role = replica; {deletes}")


@cache
def _tables() -> list[str]:
    from django.db import connection

    return [name for name in connection.introspection.django_table_names(only_existing=True) if name not in KEPT]
