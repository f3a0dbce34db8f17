"""The tables, brought up to date only when something is pending: asking is cheap, migrating is not."""

from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from config.health.stopovers import stopover_needed
from config.up.errors import CannotStart


def migrate_if_pending() -> bool:
    """Whether anything was pending. Raises CannotStart."""
    if sentence := stopover_needed():
        raise CannotStart(sentence)
    executor = MigrationExecutor(connection)
    executor.check_replacements()  # what one stands for may be applied already: then it only is noted
    if not executor.migration_plan(executor.loader.graph.leaf_nodes()):
        return False
    call_command("migrate", interactive=False, verbosity=0)
    return True
