"""The journal's thread: one transaction for everything that has gathered, in whichever execution.

Nothing here knows the engine. A batch is plain rows; what comes back says what became of each execution's part.
"""

import contextlib
import logging
import threading
import time
from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import psycopg
from django.conf import settings
from django.db import InterfaceError, OperationalError, connection, connections, transaction

from credits.batch import Charge, Refused, charge_many
from executor.errors import JournalFailed, LeaseLost
from executor.journal.batch import Batch, Row, Written
from executor.journal.statements import Statements
from executor.statuses import TERMINAL
from reliability.sql import adapters

logger = logging.getLogger(__name__)

MARKS = {"sqlite": "?", "postgresql": "%s"}
FIRST_PAUSE_SECONDS = 0.1
LONGEST_PAUSE_SECONDS = 5.0


class Writer:
    """Writes batches, and repeats those that a broken connection or a locked file refused. Used from one thread."""

    def __init__(self) -> None:
        self._vendor = connection.vendor
        self._statements = Statements(self._vendor, MARKS[self._vendor])
        self._uuid = adapters(self._vendor).uuid
        self._closing = threading.Event()

    def close(self) -> None:
        """Let the connection of this thread go."""
        connections.close_all()

    def give_up(self) -> None:
        """Stop repeating; called from another thread."""
        self._closing.set()

    def write(self, batches: Sequence[Batch]) -> list[Written]:
        """Write all batches in one transaction, or, if one of them is refused by the database, each in its own.

        Every statement may be repeated without a second effect, so a COMMIT with unknown outcome is simply tried again.
        """
        deadline = time.monotonic() + 2 * settings.LEASE_SECONDS
        pause, again = FIRST_PAUSE_SECONDS, False
        while True:
            try:
                return self._apply(batches, again=again)
            except (OperationalError, InterfaceError) as error:
                connection.close()
                if time.monotonic() > deadline or self._closing.is_set():
                    return [Written(error=JournalFailed(f"The database refused: {error}"))] * len(batches)
                logger.warning("The journal will try again", extra={"action": "journal_retry", "reason": str(error)})
                self._closing.wait(pause)
                pause, again = min(pause * 2, LONGEST_PAUSE_SECONDS), True
            except Exception as error:
                if len(batches) > 1:
                    return [self.write([batch])[0] for batch in batches]
                logger.exception("A batch cannot be written", extra={"action": "batch_refused"})
                return [Written(error=JournalFailed(f"The database refused: {error}"))]

    def _apply(self, batches: Sequence[Batch], *, again: bool = False) -> list[Written]:
        """again: the same batches may have been committed before."""
        answers = [Written() for _ in batches]
        with transaction.atomic():
            ordered = sorted(zip(batches, answers, strict=True), key=lambda pair: pair[0].claim.execution_id)
            living = [(batch, written) for batch, written in ordered if self._holds(batch, written)]
            self._charge(living)
            self._write_rows(living, again)
        return answers

    def _holds(self, batch: Batch, written: Written) -> bool:
        """Check the fence, and in the same statement renew the lease and write the root's columns."""
        ending = batch.root_status in TERMINAL
        key = (self._uuid(batch.claim.execution_id), batch.claim.fence)
        row = self._one(self._statements.fence, (*batch.root, settings.LEASE_SECONDS, *key))
        if row is not None:
            written.cancel_requested = row[0] is not None
            return True
        ended = self._one(self._statements.ended, key) if ending else None
        if ended is None or ended[0] != batch.root_status:
            written.error = LeaseLost(f"Another worker owns execution {batch.claim.execution_id}.")
        return False

    def _charge(self, living: Sequence[tuple[Batch, Written]]) -> None:
        """Take the credits for all starts of each user; a refused start is written as not started."""
        by_user: dict[UUID, list[tuple[Batch, Written, UUID, Charge]]] = defaultdict(list)
        for batch, written in living:
            for run_id, charge in batch.charges.items():
                by_user[batch.user_id].append((batch, written, run_id, charge))
        for user_id in sorted(by_user):
            wanted = by_user[user_id]
            outcomes = charge_many(user_id, [charge for *_, charge in wanted], now=datetime.now(UTC))
            for (_, written, run_id, _), outcome in zip(wanted, outcomes, strict=True):
                if isinstance(outcome, Refused):
                    written.refused[run_id] = outcome

    def _write_rows(self, living: Sequence[tuple[Batch, Written]], again: bool) -> None:
        new: list[Row] = []
        changed: list[Row] = []
        for batch, written in living:
            for run_id, row in batch.runs.items():
                rows = new if run_id in batch.new and not again else changed
                rows.append(batch.unstarted[run_id] if run_id in written.refused else row)
        with connection.wrap_database_errors, self._pipeline():
            self._many(self._statements.new_run, new)
            self._many(self._statements.run, changed)
            self._many(self._statements.child, [row for batch, _ in living for row in batch.children])
            self._many(self._statements.output, [row for batch, _ in living for row in batch.outputs])

    # --- the driver's own cursors: Django's would rewrite each statement

    def _one(self, statement: str, values: Row) -> Row | None:
        with connection.wrap_database_errors, self._cursor() as cursor:
            cursor.execute(statement, values)
            return cursor.fetchone()

    def _many(self, statement: str, rows: list[Row]) -> None:
        if rows:
            with self._cursor() as cursor:
                cursor.executemany(statement, rows)

    def _pipeline(self) -> contextlib.AbstractContextManager[Any]:
        """PostgreSQL takes all rows before it answers."""
        if self._vendor == "postgresql":
            return connection.connection.pipeline()
        return contextlib.nullcontext()

    def _cursor(self) -> contextlib.AbstractContextManager[Any]:
        raw = connection.connection
        if self._vendor == "postgresql":
            return psycopg.Cursor(raw)
        return contextlib.closing(raw.cursor())
