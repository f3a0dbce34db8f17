"""Writing many rows at once: SQLite binds them one by one, PostgreSQL reads them all from one JSON text.

One statement for all rows costs PostgreSQL one plan, and its driver one value, however many rows there are.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

Row = tuple[Any, ...]
#: `{column: its type in PostgreSQL}`, in the order of the row's values. The values of jsonb columns are JSON text.
Columns = Mapping[str, str]

#: Characters of JSON in one statement, about: PostgreSQL takes no value of 1 GB.
STATEMENT_CHARACTERS = 16_000_000


@dataclass(frozen=True, slots=True)
class RowStatement:
    """Writes rows of one table. as_records: its one value is the JSON text of them all."""

    sql: str
    columns: Columns
    as_records: bool

    def execute(self, cursor: Any, rows: Sequence[Row]) -> None:
        """cursor: the driver's own."""
        if not self.as_records:
            cursor.executemany(self.sql, rows)
            return
        for text in records(self.columns, rows):
            cursor.execute(self.sql, (text,))


def row_statement(
    vendor: str,
    table: str,
    columns: Columns,
    *,
    fixed: Mapping[str, str] | None = None,
    beside: str = "",
    then: str = "",
) -> RowStatement:
    """An INSERT. fixed: further columns, with the SQL of what they hold.  then: what follows, such as ON CONFLICT.

    beside: on PostgreSQL, a table that must have a row, or nothing is written.
    """
    fixed = fixed or {}
    names = ", ".join(f'"{name}"' for name in (*columns, *fixed))
    insert = f"INSERT INTO {table} ({names})"
    if vendor == "sqlite":
        marks = ", ".join(["?"] * len(columns) + list(fixed.values()))
        return RowStatement(f"{insert} VALUES ({marks}) {then}", columns, as_records=False)
    values = ", ".join([*map(_selected, columns, columns.values()), *fixed.values()])
    types = ", ".join(f'"{name}" {kind}' for name, kind in columns.items())
    sources = ", ".join([f"json_to_recordset(%s::json) AS record ({types})", *filter(None, [beside])])
    select = f"SELECT {values} FROM {sources}"
    return RowStatement(f"{insert} {select} {then}", columns, as_records=True)


def _selected(name: str, kind: str) -> str:
    """A record's null is no JSON null, which the columns hold."""
    return f"""COALESCE("{name}", 'null'::jsonb)""" if kind == "jsonb" else f'"{name}"'


def records(columns: Columns, rows: Sequence[Row]) -> Iterator[str]:
    """JSON lists of objects, several if they are large."""
    names = list(columns)
    texts = [number for number, kind in enumerate(columns.values()) if kind == "jsonb"]
    found: list[dict[str, Any]] = []
    characters = 0
    for row in rows:
        record = dict(zip(names, row, strict=True))
        for number in texts:
            record[names[number]] = orjson.Fragment(row[number])
            characters += len(row[number])
        found.append(record)
        if characters > STATEMENT_CHARACTERS:
            yield orjson.dumps(found).decode()
            found, characters = [], 0
    if found:
        yield orjson.dumps(found).decode()
