"""Does the database still refuse by itself what must never happen?"""

import re
from collections.abc import Iterator

from django.apps import apps
from django.db import connection

from credits.append_only import TABLE, is_protected
from credits.audit.fault import Fault

#: Where each database tells the names of a table's constraints; conditional ones are indexes.
_NAMES = {
    "sqlite": "SELECT name || ' ' || sql FROM sqlite_master WHERE tbl_name = %s AND sql IS NOT NULL",
    "postgresql": "SELECT conname FROM pg_constraint WHERE conrelid = to_regclass(%s)"
    " UNION ALL SELECT relname FROM pg_class JOIN pg_index ON indexrelid = oid WHERE indrelid = to_regclass(%s)",
}
#: The name of an index, or names inside the statement that has made the table.
_NAME = re.compile(r'^\w+|(?<=CONSTRAINT ")\w+(?=")')


def triggers(*, strict: bool) -> Iterator[Fault]:
    if not is_protected(connection):
        yield Fault("", f"The triggers that make {TABLE} append-only are missing.")


def constraints(*, strict: bool) -> Iterator[Fault]:
    """The constraints that the ledger's models declare, by their names."""
    for model in apps.get_app_config("credits").get_models():
        table = model._meta.db_table
        found = _found(table)
        for constraint in model._meta.constraints:
            if constraint.name not in found:
                yield Fault("", f"The constraint {constraint.name} of {table} is missing.")


def _found(table: str) -> set[str]:
    sql = _NAMES[connection.vendor]
    with connection.cursor() as cursor:
        cursor.execute(sql, [table] * sql.count("%s"))
        return {name for (text,) in cursor.fetchall() for name in _NAME.findall(text)}
