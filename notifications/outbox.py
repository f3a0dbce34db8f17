"""The trigger by which the database notes what became of executions, in the transaction in which it became so.

Statuses are written in several places, by the journal's own SQL too; whoever writes one, a notice is there if and only
if the change is. Nothing is noted of dry runs, which reach nobody, nor of executions inside others.

SQLite drops a table's triggers when a migration rebuilds it, and rebuilds no table that a trigger names: so the trigger
is taken away before a `migrate` that has something to do, and made after it.
"""

from typing import Any

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

from executor.statuses import Status
from notifications.kinds import Kind

TABLE, NAME = "executor_graphexecution", "notifications_execution"
NEEDED = {TABLE, "notifications_notice"}
KINDS = {
    Status.COMPLETED: Kind.COMPLETED,
    Status.FAILED: Kind.FAILED,
    Status.TERMINATED: Kind.TERMINATED,
    Status.REVIEW: Kind.REVIEW_WAITING,
}

_TOLD = ", ".join(f"'{status.value}'" for status in KINDS)
_WHEN = f"NEW.status IN ({_TOLD}) AND NEW.status <> OLD.status AND NEW.parent_id IS NULL AND NOT NEW.is_dry_run"
_KIND = "CASE NEW.status " + " ".join(f"WHEN '{s.value}' THEN '{kind.value}'" for s, kind in KINDS.items()) + " END"
_NOW = {"sqlite": "strftime('%Y-%m-%d %H:%M:%f', 'now')", "postgresql": "clock_timestamp()"}
_INSERT = (
    "INSERT INTO notifications_notice (user_id, kind, execution_id, key, happened_at, data, is_listed) "
    f"VALUES (NEW.user_id, {_KIND}, NEW.id, 'execution:' || NEW.id || ':' || NEW.status || ':' || NEW.seq, {{now}}, "
    "'{{}}', FALSE) ON CONFLICT (key) DO NOTHING;"
)
_FUNCTION = (
    f"CREATE OR REPLACE FUNCTION {NAME}() RETURNS trigger LANGUAGE plpgsql AS "
    f"$$ BEGIN {_INSERT.format(now=_NOW['postgresql'])} RETURN NULL; END $$"
)
_CREATE = {
    "sqlite": f"CREATE TRIGGER {NAME} AFTER UPDATE OF status ON {TABLE} "
    f"WHEN {_WHEN} BEGIN {_INSERT.format(now=_NOW['sqlite'])} END",
    "postgresql": f"CREATE TRIGGER {NAME} AFTER UPDATE OF status ON {TABLE} "
    f"FOR EACH ROW WHEN ({_WHEN}) EXECUTE FUNCTION {NAME}()",
}
_DROP = {"sqlite": f"DROP TRIGGER IF EXISTS {NAME}", "postgresql": f"DROP TRIGGER IF EXISTS {NAME} ON {TABLE}"}


def install(connection: BaseDatabaseWrapper) -> None:
    """Make the trigger, as it is written here. May be called again."""
    with connection.cursor() as cursor:
        cursor.execute(_DROP[connection.vendor])
        if connection.vendor == "postgresql":
            cursor.execute(_FUNCTION)
        cursor.execute(_CREATE[connection.vendor])


def remove(connection: BaseDatabaseWrapper) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_DROP[connection.vendor])


def install_after_migrate(using: str, **kwargs: Any) -> None:
    """Listens to `post_migrate`. Nothing to do while the tables are not there."""
    connection = connections[using]
    if set(connection.introspection.table_names()) >= NEEDED:
        install(connection)


def remove_before_migrate(using: str, plan: Any, **kwargs: Any) -> None:
    """Listens to `pre_migrate`."""
    connection = connections[using]
    if plan and connection.vendor == "sqlite":
        remove(connection)
