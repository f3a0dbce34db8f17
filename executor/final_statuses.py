"""The triggers by which the database refuses to change a final status, whoever asks.

SQLite drops a table's triggers when a migration rebuilds the table, so they are looked for after each `migrate`.
"""

from typing import Any

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

from executor.statuses import TERMINAL

TABLES = ("executor_graphexecution", "executor_nodeexecution")
MESSAGE = "a final status does not change"

_FINAL = ", ".join(f"'{status}'" for status in sorted(TERMINAL))
_CHANGES = f"OLD.status IN ({_FINAL}) AND NEW.status <> OLD.status"
_FUNCTION = (
    "CREATE OR REPLACE FUNCTION executor_refuse_status() RETURNS trigger LANGUAGE plpgsql AS "
    f"$$ BEGIN RAISE EXCEPTION '{MESSAGE}' USING ERRCODE = 'check_violation'; END $$"
)
_PROTECT = {
    "sqlite": "CREATE TRIGGER {table}_final BEFORE UPDATE OF status ON {table} "
    f"WHEN {_CHANGES} BEGIN SELECT RAISE(ABORT, '{MESSAGE}'); END",
    "postgresql": "CREATE TRIGGER {table}_final BEFORE UPDATE OF status ON {table} "
    f"FOR EACH ROW WHEN ({_CHANGES}) EXECUTE FUNCTION executor_refuse_status()",
}
_COUNT = {
    "sqlite": "SELECT count(*) FROM sqlite_master WHERE type = 'trigger' AND name IN (%s, %s)",
    "postgresql": "SELECT count(*) FROM pg_trigger WHERE tgenabled IN ('O', 'A') AND tgname IN (%s, %s)",
}


def protect(connection: BaseDatabaseWrapper) -> None:
    """Make final statuses final in the database, too. May be called again."""
    if is_protected(connection):
        return
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(_FUNCTION)
        for table in TABLES:
            cursor.execute(_unprotect(connection.vendor, table))
            cursor.execute(_PROTECT[connection.vendor].format(table=table))


def is_protected(connection: BaseDatabaseWrapper) -> bool:
    """Whether our triggers are in force."""
    with connection.cursor() as cursor:
        cursor.execute(_COUNT[connection.vendor], [f"{table}_final" for table in TABLES])
        return bool(cursor.fetchone()[0] == len(TABLES))


def protect_after_migrate(using: str, **kwargs: Any) -> None:
    """Listens to `post_migrate`. Nothing to do while the tables are not there."""
    connection = connections[using]
    if set(TABLES) <= set(connection.introspection.table_names()):
        protect(connection)


def _unprotect(vendor: str, table: str) -> str:
    return f"DROP TRIGGER IF EXISTS {table}_final" + (f" ON {table}" if vendor == "postgresql" else "")
