"""Batches for which only their fences are asked: without Django's transaction around them, in as few steps as can be.

On PostgreSQL a batch is one statement, which is a transaction of its own; several are sent together.
"""

from collections.abc import Sequence
from typing import Any

import psycopg
from django.conf import settings

from executor.journal.batch import Batch, Row
from executor.journal.records import RowStatement, records
from executor.journal.statements import Statements
from reliability.sql import Adapters


class TooLarge(Exception):
    """The rows of a batch are too large for one statement."""


def goes_at_once(batch: Batch) -> bool:
    """Whether neither the ledger nor rows of rarer kinds take part."""
    return not (batch.asks_the_ledger or batch.children or batch.reviews or batch.unreviewed)


def fence_values(batch: Batch, adapt: Adapters) -> Row:
    """The values of `Statements.fence`."""
    claim = batch.claim
    return (*batch.root, settings.LEASE_SECONDS, adapt.uuid(claim.execution_id), claim.fence, claim.owner)


def write_on_sqlite(raw: Any, statements: Statements, adapt: Adapters, batches: Sequence[Batch]) -> list[Row | None]:
    """Write the batches in one transaction. What each fence has returned; None: it is lost, nothing of it is written.

    raw: the driver's connection.
    """
    raw.execute("BEGIN IMMEDIATE")
    try:
        rows = [_write_one(raw, statements, batch, fence_values(batch, adapt)) for batch in batches]
        raw.execute("COMMIT")
    except BaseException:
        raw.rollback()
        raise
    return rows


def _write_one(raw: Any, statements: Statements, batch: Batch, fence: Row) -> Row | None:
    held: list[Row] = raw.execute(statements.fence, fence).fetchall()
    if not held:
        return None
    new, changed = _new_and_changed(batch)
    for statement, rows in ((statements.new_run, new), (statements.run, changed), (statements.output, batch.outputs)):
        if rows:
            raw.executemany(statement.sql, rows)
    return held[0]


def write_on_postgres(
    raw: psycopg.Connection[Any], statements: Statements, adapt: Adapters, batches: Sequence[Batch]
) -> list[Row | None]:
    """The same on PostgreSQL. The rows become JSON before anything is sent. Raises TooLarge, having sent nothing."""
    wanted = [_values(statements, adapt, batch) for batch in batches]
    if len(wanted) == 1:
        return [psycopg.Cursor(raw).execute(statements.whole, wanted[0]).fetchone()]
    try:
        with raw.pipeline():
            psycopg.Cursor(raw).execute("BEGIN")
            cursors = [psycopg.Cursor(raw).execute(statements.whole, values) for values in wanted]
            psycopg.Cursor(raw).execute("COMMIT")
    except psycopg.OperationalError:  # the connection is not used again
        raise
    except BaseException:
        raw.rollback()
        raise
    return [cursor.fetchone() for cursor in cursors]


def _values(statements: Statements, adapt: Adapters, batch: Batch) -> Row:
    return (*fence_values(batch, adapt), *node_texts(statements, *_new_and_changed(batch), batch.outputs))


def node_texts(
    statements: Statements, new: Sequence[Row], changed: Sequence[Row], outputs: Sequence[Row]
) -> tuple[str, str, str]:
    """The values of `Statements.nodes`. Raises TooLarge."""
    return _text(statements.new_run, new), _text(statements.run, changed), _text(statements.output, outputs)


def _text(statement: RowStatement, rows: Sequence[Row]) -> str:
    texts = list(records(statement.columns, rows))
    if len(texts) > 1:
        raise TooLarge
    return texts[0] if texts else "[]"


def _new_and_changed(batch: Batch) -> tuple[list[Row], list[Row]]:
    """The rows of its node executions: those to be inserted, and those that are there."""
    new = [row for run_id, row in batch.runs.items() if run_id in batch.new]
    return new, [row for run_id, row in batch.runs.items() if run_id not in batch.new]
