"""Whether the database answers, and has the tables of this release."""

from functools import cache

from django.db import Error, connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from config.health.findings import Finding, first_line

SHOWN_MIGRATIONS = 3


def check_database() -> list[Finding]:
    """From a thread of its own, whose connection is closed."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        return check_migrations()
    except Error as error:
        return [
            Finding(
                "database",
                f"The database does not answer: {first_line(error)}.",
                "Start it, or correct DATABASE_URL.",
            )
        ]
    finally:
        connection.close()


def check_migrations() -> list[Finding]:
    """Whether what the files describe has been applied. One query."""
    missing = sorted(known_migrations() - MigrationRecorder(connection).applied_migrations().keys())
    if not missing:
        return []
    some = ", ".join(f"{app}.{name}" for app, name in missing[:SHOWN_MIGRATIONS])
    return [
        Finding(
            "migrations",
            f"{len(missing)} migrations are not applied, {some} among them.",
            "Run `manage.py migrate` once, then start the processes again.",
        )
    ]


@cache
def known_migrations() -> frozenset[tuple[str, str]]:
    """All in the files of this release, without those that others have replaced. They do not change while we run."""
    loader = MigrationLoader(None)
    return frozenset(loader.graph.nodes)
