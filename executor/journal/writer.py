"""The journal's thread: one transaction for everything that has gathered, in whichever execution.

Nothing here knows the engine. A batch is plain rows; what comes back says what became of each execution's part.
"""

import contextlib
import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import InterfaceError, OperationalError, connection, connections

from credits.batch import Question, ask_many, charge_many
from executor.errors import JournalFailed, LeaseLost
from executor.journal.at_once import (
    TooLarge,
    fence_values,
    goes_at_once,
    node_texts,
    write_on_postgres,
    write_on_sqlite,
)
from executor.journal.batch import Batch, Row, Written
from executor.journal.driver import Driver
from executor.journal.figures import note as note_commit
from executor.journal.renaming import renamed
from executor.journal.statements import Statements
from executor.journal.wishes import as_billed, by_user, note
from executor.statuses import Status
from reliability.sql import adapters

logger = logging.getLogger(__name__)

MARKS = {"sqlite": "?", "postgresql": "%s"}
_AT_ONCE: dict[str, Callable[..., list[Row | None]]] = {"sqlite": write_on_sqlite, "postgresql": write_on_postgres}
FIRST_PAUSE_SECONDS = 0.1
LONGEST_PAUSE_SECONDS = 5.0


class Writer:
    """Writes batches, and repeats those that a broken connection or a locked file refused. Used from one thread."""

    def __init__(self) -> None:
        self._vendor = connection.vendor
        self._statements = Statements(self._vendor, MARKS[self._vendor])
        self._adapt = adapters(self._vendor)
        self._uuid = self._adapt.uuid
        self._driver = Driver()
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
        begun = time.monotonic()
        answers = self._write(batches, again=False)
        note_commit(batches, answers, time.monotonic() - begun)
        return answers

    def _write(self, batches: Sequence[Batch], *, again: bool) -> list[Written]:
        deadline = time.monotonic() + 2 * settings.LEASE_SECONDS
        pause = FIRST_PAUSE_SECONDS
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
                    return [self._write([batch], again=again)[0] for batch in batches]
                logger.exception("A batch cannot be written", extra={"action": "batch_refused"})
                return [Written(error=JournalFailed(f"The database refused: {error}"))]

    def _apply(self, batches: Sequence[Batch], *, again: bool = False) -> list[Written]:
        """again: the same batches may have been committed before."""
        if not again and all(map(goes_at_once, batches)):
            with contextlib.suppress(TooLarge):
                return self._apply_at_once(batches)
        answers = [Written() for _ in batches]
        with self._driver.transaction():
            ordered = _ordered(batches, answers)
            living, questions = self._living(ordered, again)
            self._bill(living, again, questions)
            self._write_rows(living, again)
        return answers

    def _apply_at_once(self, batches: Sequence[Batch]) -> list[Written]:
        """The same where nobody but the fences has to be asked. Raises TooLarge; nothing is written then."""
        answers = [Written() for _ in batches]
        ordered = _ordered(batches, answers)
        connection.ensure_connection()
        with connection.wrap_database_errors:
            raw, plain = connection.connection, [batch for batch, _ in ordered]
            rows = _AT_ONCE[self._vendor](raw, self._statements, self._adapt, plain)
            for (batch, written), row in zip(ordered, rows, strict=True):
                self._holds(batch, written, row)
        return answers

    def _living(
        self, ordered: Sequence[tuple[Batch, Written]], again: bool
    ) -> tuple[list[tuple[Batch, Written]], dict[UUID, Question]]:
        """Those whose fences hold, and what the ledger was asked meanwhile, if they all do."""
        if again:
            for batch, _ in ordered:
                self._take_again(batch)
        with contextlib.ExitStack() as cursors:
            fences = [self._fence(batch, cursors) for batch, _ in ordered]
            questions = {
                user_id: ask_many(user_id, [wish.order for wish in wished])
                for user_id, wished in by_user(ordered).items()
            }
            rows = [fence.fetchone() for fence in fences]
        pairs = zip(ordered, rows, strict=True)
        living = [(batch, written) for (batch, written), row in pairs if self._holds(batch, written, row)]
        return living, questions if len(living) == len(ordered) else {}

    def _fence(self, batch: Batch, cursors: contextlib.ExitStack) -> Any:
        """Check a fence, and in the same statement renew the lease and write the root's columns. No row: it is lost."""
        fence = cursors.enter_context(self._driver.cursor())
        fence.execute(self._statements.fence, fence_values(batch, self._adapt))
        return fence

    def _holds(self, batch: Batch, written: Written, row: Row | None) -> bool:
        """row: what its fence has returned."""
        if row is not None:
            _note_fence(written, row)
            return True
        key = (self._uuid(batch.claim.execution_id), batch.claim.fence)
        ended = self._driver.one(self._statements.ended, key) if batch.root_status is not Status.RUNNING else None
        if ended is None or ended[0] != batch.root_status:
            written.error = LeaseLost(f"Another worker owns execution {batch.claim.execution_id}.")
        else:
            written.fees = ended[1]
        return False

    def _take_again(self, batch: Batch) -> None:
        """The batch may have been committed before: its node executions are counted already then.

        Or it is still on its way, in a connection that was given up: under the new name nothing that comes so late is
        written, even after later batches.
        """
        batch.claim = renamed(batch.claim)
        claim, id = batch.claim, self._uuid(batch.claim.execution_id)
        self._driver.run(self._statements.rename, (claim.owner, id, claim.fence))
        row = self._driver.one(self._statements.counted, (id,))
        batch.uncounted = max(0, batch.counted - row[0]) if row else 0

    def _bill(self, living: Sequence[tuple[Batch, Written]], again: bool, questions: Mapping[UUID, Question]) -> None:
        """Let the ledger do what the batches ask for, user by user; a refused start is written as not started."""
        ceilings = {
            batch.claim.execution_id: replace(batch.ceiling, spent=batch.ceiling.spent + written.fees)
            for batch, written in living
        }
        for user_id, wished in by_user(living).items():
            outcomes = charge_many(
                user_id,
                [wish.order for wish in wished],
                now=datetime.now(UTC),
                executions=ceilings,
                again=again,
                question=questions.get(user_id),
            )
            for wish, outcome in zip(wished, outcomes, strict=True):
                note(wish, outcome)
        for batch, written in living:
            self._correct(batch, written)

    def _correct(self, batch: Batch, written: Written) -> None:
        """What the ledger made of it, where that is not what the engine had reckoned with."""
        uncovered = sum(written.uncovered.values())
        if written.new_fees or uncovered:
            written.fees += written.new_fees
            cost = written.new_fees - uncovered
            self._driver.run(self._statements.correct, (written.new_fees, cost, self._uuid(batch.claim.execution_id)))

    def _write_rows(self, living: Sequence[tuple[Batch, Written]], again: bool) -> None:
        new: list[Row] = []
        changed: list[Row] = []
        for batch, written in living:
            for run_id, row in batch.runs.items():
                rows = new if run_id in batch.new and not again else changed
                rows.append(as_billed(run_id, row, batch, written) if batch.bills or batch.closings else row)
        self._write_nodes(new, changed, [row for batch, _ in living for row in batch.outputs])
        self._driver.many(self._statements.child, [row for batch, _ in living for row in batch.children])
        self._driver.many(self._statements.review, [row for batch, _ in living for row in batch.reviews])
        for row in [row for batch, _ in living for row in batch.unreviewed]:
            self._driver.run(self._statements.unreviewed, row)

    def _write_nodes(self, new: list[Row], changed: list[Row], outputs: list[Row]) -> None:
        """One statement on PostgreSQL, if they are not too large for it."""
        if self._vendor == "postgresql":
            with contextlib.suppress(TooLarge):
                self._driver.run(self._statements.nodes, node_texts(self._statements, new, changed, outputs))
                return
        self._driver.many(self._statements.new_run, new)
        self._driver.many(self._statements.run, changed)
        self._driver.many(self._statements.output, outputs)


def _ordered(batches: Sequence[Batch], answers: Sequence[Written]) -> list[tuple[Batch, Written]]:
    """With their answers, in the order in which all writers lock executions."""
    return sorted(zip(batches, answers, strict=True), key=lambda pair: pair[0].claim.execution_id)


def _note_fence(written: Written, row: Row) -> None:
    written.cancel_requested, written.fees = row[0] is not None, row[1]
