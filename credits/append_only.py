"""The triggers by which the database refuses to change, delete or truncate transactions, whoever asks.

SQLite drops a table's triggers when a migration rebuilds the table: such a migration must end with `protect`.
`manage.py audit` says when they are missing.
"""

from django.db.backends.base.base import BaseDatabaseWrapper

TABLE = "credits_transaction"
MESSAGE = f"{TABLE} is append-only"

_PROTECT = {
    "sqlite": (
        f"CREATE TRIGGER {TABLE}_no_update BEFORE UPDATE ON {TABLE} BEGIN SELECT RAISE(ABORT, '{MESSAGE}'); END",
        f"CREATE TRIGGER {TABLE}_no_delete BEFORE DELETE ON {TABLE} BEGIN SELECT RAISE(ABORT, '{MESSAGE}'); END",
    ),
    "postgresql": (
        f"CREATE OR REPLACE FUNCTION {TABLE}_refuse() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{MESSAGE}' USING ERRCODE = 'restrict_violation'; END $$",
        f"CREATE TRIGGER {TABLE}_no_change BEFORE UPDATE OR DELETE ON {TABLE} "
        f"FOR EACH ROW EXECUTE FUNCTION {TABLE}_refuse()",
        f"CREATE TRIGGER {TABLE}_no_truncate BEFORE TRUNCATE ON {TABLE} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION {TABLE}_refuse()",
    ),
}
_UNPROTECT = {
    "sqlite": (
        f"DROP TRIGGER IF EXISTS {TABLE}_no_update",
        f"DROP TRIGGER IF EXISTS {TABLE}_no_delete",
    ),
    "postgresql": (
        f"DROP TRIGGER IF EXISTS {TABLE}_no_change ON {TABLE}",
        f"DROP TRIGGER IF EXISTS {TABLE}_no_truncate ON {TABLE}",
        f"DROP FUNCTION IF EXISTS {TABLE}_refuse()",
    ),
}
#: How many of our triggers are in force.
_COUNT = {
    "sqlite": "SELECT count(*) FROM sqlite_master WHERE type = 'trigger' AND name LIKE %s",
    "postgresql": "SELECT count(*) FROM pg_trigger WHERE tgenabled <> 'D' AND tgname LIKE %s",
}
_TRIGGERS = 2


def protect(connection: BaseDatabaseWrapper) -> None:
    """Make the table append-only. May be called again."""
    unprotect(connection)
    _run(connection, _PROTECT[connection.vendor])


def unprotect(connection: BaseDatabaseWrapper) -> None:
    """Take the triggers away, to undo the migration."""
    _run(connection, _UNPROTECT[connection.vendor])


def is_protected(connection: BaseDatabaseWrapper) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(_COUNT[connection.vendor], [f"{TABLE}_no_%"])
        return bool(cursor.fetchone()[0] == _TRIGGERS)


def _run(connection: BaseDatabaseWrapper, statements: tuple[str, ...]) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
