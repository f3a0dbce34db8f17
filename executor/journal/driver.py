"""The database's driver, as the journal uses it: its own cursors, for Django's would rewrite each statement."""

import contextlib
from collections.abc import Iterator
from typing import Any

import psycopg
from django.db import connection, transaction

from executor.journal.batch import Row
from executor.journal.records import RowStatement


class Driver:
    """Runs statements on the connection of this thread, while it is open."""

    def __init__(self) -> None:
        self._is_postgres = connection.vendor == "postgresql"

    @property
    def raw(self) -> Any:
        """The driver's connection."""
        return connection.connection

    def one(self, statement: str, values: Row) -> Row | None:
        with self.cursor() as cursor:
            cursor.execute(statement, values)
            row: Row | None = cursor.fetchone()
            return row

    def run(self, statement: str, values: Row = ()) -> None:
        with self.cursor() as cursor:
            cursor.execute(statement, values)

    def many(self, statement: RowStatement, rows: list[Row]) -> None:
        if rows:
            with self.cursor() as cursor:
                statement.execute(cursor, rows)

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """A transaction of Django's. On PostgreSQL it is one pipeline, with BEGIN and COMMIT in it.

        If the driver began it, it would wait for the answer to that; Django then finds nothing open to commit.
        """
        with transaction.atomic(), connection.wrap_database_errors, contextlib.ExitStack() as inside:
            if self._is_postgres:
                self.raw.autocommit = True
                inside.enter_context(self.pipeline())
                self.run("BEGIN")
            yield
            if self._is_postgres:
                self.run("COMMIT")

    def pipeline(self) -> contextlib.AbstractContextManager[Any]:
        """PostgreSQL takes all that is sent before it answers, until an answer is read."""
        return self.raw.pipeline() if self._is_postgres else contextlib.nullcontext()

    def cursor(self) -> contextlib.AbstractContextManager[Any]:
        return psycopg.Cursor(self.raw) if self._is_postgres else contextlib.closing(self.raw.cursor())
