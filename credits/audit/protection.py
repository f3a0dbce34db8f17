"""Does the database still refuse by itself what must never happen?"""

from collections.abc import Iterator

from django.apps import apps
from django.db import connection

from credits.append_only import TABLE, is_protected
from credits.audit.fault import Fault


def triggers(*, strict: bool) -> Iterator[Fault]:
    if not is_protected(connection):
        yield Fault("", f"The triggers that make {TABLE} append-only are missing.")


def constraints(*, strict: bool) -> Iterator[Fault]:
    """The constraints that the ledger's models declare, by their names."""
    with connection.cursor() as cursor:
        for model in apps.get_app_config("credits").get_models():
            table = model._meta.db_table
            found = connection.introspection.get_constraints(cursor, table)
            for constraint in model._meta.constraints:
                if constraint.name not in found:
                    yield Fault("", f"The constraint {constraint.name} of {table} is missing.")
