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
        # INSERT OR REPLACE deletes the rows in its way without asking the trigger above
        f"CREATE TRIGGER {TABLE}_no_replace BEFORE INSERT ON {TABLE} WHEN EXISTS (SELECT 1 FROM {TABLE} t WHERE "
        f"t.id = NEW.id OR (t.account_id = NEW.account_id AND (t.seq = NEW.seq OR t.key = NEW.key)) "
        f"OR t.reverses_id = NEW.reverses_id) BEGIN SELECT RAISE(ABORT, 'UNIQUE constraint failed: {TABLE}'); END",
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
        f"DROP TRIGGER IF EXISTS {TABLE}_no_replace",
    ),
    "postgresql": (
        f"DROP TRIGGER IF EXISTS {TABLE}_no_change ON {TABLE}",
        f"DROP TRIGGER IF EXISTS {TABLE}_no_truncate ON {TABLE}",
        f"DROP FUNCTION IF EXISTS {TABLE}_refuse()",
    ),
}
#: How many of our triggers are in force, and what they and their function do.
_COUNT = {
    "sqlite": f"SELECT count(*) FROM sqlite_master WHERE type = 'trigger' AND tbl_name = '{TABLE}' AND name LIKE %s",
    "postgresql": f"SELECT count(*) FROM pg_trigger WHERE tgrelid = to_regclass('{TABLE}') "
    "AND tgenabled IN ('O', 'A') AND tgqual IS NULL AND tgname LIKE %s",
}
_BODIES = {
    "sqlite": f"SELECT sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = '{TABLE}'",
    "postgresql": f"SELECT prosrc FROM pg_proc WHERE proname = '{TABLE}_refuse'",
}
_TRIGGERS = {vendor: sum("CREATE TRIGGER" in statement for statement in _PROTECT[vendor]) for vendor in _PROTECT}


def protect(connection: BaseDatabaseWrapper) -> None:
    """Make the table append-only. May be called again."""
    unprotect(connection)
    _run(connection, _PROTECT[connection.vendor])


def unprotect(connection: BaseDatabaseWrapper) -> None:
    """Take the triggers away, to undo the migration."""
    _run(connection, _UNPROTECT[connection.vendor])


def is_protected(connection: BaseDatabaseWrapper) -> bool:
    """Whether our triggers are in force and still do what they were made for."""
    vendor = connection.vendor
    ours = "\n".join(_PROTECT[vendor])
    with connection.cursor() as cursor:
        cursor.execute(_COUNT[vendor], [f"{TABLE}_no_%"])
        in_force = cursor.fetchone()[0] == _TRIGGERS[vendor]
        cursor.execute(_BODIES[vendor])
        return in_force and all(body in ours for (body,) in cursor.fetchall())


def _run(connection: BaseDatabaseWrapper, statements: tuple[str, ...]) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
