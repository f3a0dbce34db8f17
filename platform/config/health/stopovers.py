"""Whether the tables are from a release that this one cannot update without a stop at another.

The migrations of early releases have become one per app, and their files are gone. Django takes the one as applied
where all that it stands for are. Where only some are, Django leaves it out without a word: the app's tables would stay
as they are, under models that say otherwise.
"""

from collections.abc import Collection, Mapping

from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

Name = tuple[str, str]  # app, migration

#: The last commit that has the files of those migrations.
STOPOVER = "acc9bb6"


def stopover_needed() -> str:
    """What to do first; empty if nothing. One query."""
    applied = MigrationRecorder(connection).applied_migrations().keys()
    if not (apps := half_applied(stood_for(), applied)):
        return ""
    return (
        f"The tables of {', '.join(apps)} are from a release older than this one can update: "
        f"first check out {STOPOVER}, run `bin/_setup requirements.lock` and `manage.py migrate` there, then come back."
    )


def stood_for() -> dict[str, set[Name]]:
    """{app: the migrations without files that its own stands for}"""
    loader = MigrationLoader(None, load=False)
    loader.load_disk()
    return {
        app: {*one.replaces} - loader.disk_migrations.keys()
        for (app, _), one in loader.disk_migrations.items()
        if one.replaces
    }


def half_applied(stood_for: Mapping[str, Collection[Name]], applied: Collection[Name]) -> list[str]:
    """The apps of which some of those migrations are applied, and some are not."""
    return sorted(
        app
        for app, names in stood_for.items()
        if any(name in applied for name in names) and not all(name in applied for name in names)
    )
