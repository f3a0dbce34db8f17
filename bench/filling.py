"""Many copies of one finished execution, made by the database itself; its indexes are built anew afterwards."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

from executor.models import GraphExecution
from reliability.sql import adapters

TABLE = GraphExecution._meta.db_table
#: What a copy has instead of the pattern's own. n: its number.
_COPIED = {
    "sqlite": {
        "id": "printf('%%032x', n)",
        "created_at": "strftime('%%Y-%%m-%%d %%H:%%M:%%f', 'now', -n || ' seconds')",
    },
    "postgresql": {"id": "lpad(to_hex(n), 32, '0')::uuid", "created_at": "now() - n * interval '1 second'"},
}
_NUMBERS = {
    "sqlite": "(WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < %s) SELECT n FROM s)",
    "postgresql": "generate_series(1, %s) AS numbers(n)",
}
#: The indexes that belong to no constraint: what each is called, and how it is made.
_INDEXES = {
    "sqlite": "SELECT name, sql FROM sqlite_master WHERE tbl_name = %s AND sql LIKE 'CREATE INDEX%%'",
    "postgresql": "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = %s AND indexdef LIKE 'CREATE INDEX%%'",
}
#: Only this connection uses the database, and what it writes may be lost.
_HURRY = {
    "sqlite": ("PRAGMA journal_mode=MEMORY", "PRAGMA synchronous=OFF", "PRAGMA foreign_keys=OFF"),
    "postgresql": ("SET session_replication_role = replica", "SET maintenance_work_mem = '256MB'"),
}
_NO_HURRY = {
    "sqlite": ("PRAGMA journal_mode=WAL", "PRAGMA synchronous=NORMAL", "PRAGMA foreign_keys=ON", "ANALYZE"),
    "postgresql": ("RESET session_replication_role", "RESET maintenance_work_mem", f"VACUUM ANALYZE {TABLE}"),
}


def fill(pattern: GraphExecution, rows: int) -> None:
    """Copy it so often, a second apart, without its nodes. On PostgreSQL this takes a superuser."""
    with _in_a_hurry(), _without_indexes(), connection.cursor() as cursor:
        cursor.execute(_copy(), [rows, adapters(connection.vendor).uuid(pattern.id)])


def _copy() -> str:
    columns = [field.column for field in GraphExecution._meta.concrete_fields]
    own = _COPIED[connection.vendor]
    names = ", ".join(f'"{column}"' for column in columns)
    values = ", ".join(own.get(column, f'pattern."{column}"') for column in columns)
    copies = f"SELECT {values} FROM {_NUMBERS[connection.vendor]}, {TABLE} AS pattern WHERE pattern.id = %s"
    return f"INSERT INTO {TABLE} ({names}) {copies}"


@contextmanager
def _in_a_hurry() -> Iterator[None]:
    _run(*_HURRY[connection.vendor])
    try:
        yield
    finally:
        _run(*_NO_HURRY[connection.vendor])


@contextmanager
def _without_indexes() -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute(_INDEXES[connection.vendor], [TABLE])
        indexes = dict(cursor.fetchall())
    _run(*(f'DROP INDEX "{name}"' for name in indexes))
    try:
        yield
    finally:
        _run(*indexes.values())


def _run(*statements: str) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
