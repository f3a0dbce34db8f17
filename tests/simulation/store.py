"""The rows of one execution in memory, as the journal's writer leaves them in a database. A write is whole, or nothing.

It keeps what the real writer's statements keep, column by column, and lets the real ledger's reckoning decide.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from executor.dispatch.claim import Claim
from executor.errors import LeaseLost
from executor.journal import statements
from executor.journal.batch import Batch, Row, Written
from executor.journal.wishes import as_billed, note, wishes
from executor.statuses import TERMINAL, Status
from tests.simulation.checks import Checks
from tests.simulation.ledger import Ledger

LEASE_SECONDS = 30.0
#: Where rows have what is looked up.
_CHILD_ID = list(statements._CHILD).index("id")
_OUTPUT_RUN, _OUTPUT_INDEX = (list(statements._OUTPUT).index(name) for name in ("node_execution_id", "index"))
#: What the fence's statement sets, in its order; `progressed` and `ended` follow.
_ROOT = ("status", "seq", "cost", "counted", "stats", "error_code", "error", "ended_at")


@dataclass(slots=True, kw_only=True)
class Store:
    """root: the columns of the root's row that change. The other rows are tuples, as the batches bring them."""

    execution_id: UUID
    root: dict[str, Any]
    runs: dict[UUID, Row]
    ledger: Ledger
    checks: Checks
    children: dict[str, Row] = field(default_factory=dict)
    outputs: dict[tuple[str, int], Row] = field(default_factory=dict)
    fence: int = 0
    claims: int = 0
    lease_until: float = 0.0
    cancel_requested: bool = False

    @property
    def status(self) -> Status:
        return Status(self.root["status"])

    @property
    def has_ended(self) -> bool:
        return self.status in TERMINAL

    def claim(self, now: float, owner: str) -> Claim | None:
        """What `executor.dispatch.claim.claim` does. now: seconds, on the store's own clock."""
        if self.has_ended or (self.status is Status.RUNNING and self.lease_until >= now):
            return None
        self.fence += 1
        self.claims += 1
        self.root["status"], self.lease_until = Status.RUNNING.value, now + LEASE_SECONDS
        return Claim(self.execution_id, self.fence, self.claims, owner=owner)

    def write(self, batches: Sequence[Batch], now: float, *, again: bool = False) -> list[Written]:
        """What the journal's writer does in one transaction. again: the same may have been written before."""
        answers = [Written() for _ in batches]
        for batch, written in zip(batches, answers, strict=True):
            if self._holds(batch, written, now, again):
                self._bill(batch, written)
                self._write_rows(batch, written, again)
        return answers

    def _holds(self, batch: Batch, written: Written, now: float, again: bool) -> bool:
        if again:
            batch.uncounted = max(0, batch.counted - self.root["counted"])
        is_mine = batch.claim.fence == self.fence
        written.cancel_requested, written.fees = self.cancel_requested, self.root["fees"]
        if is_mine and self.status is Status.RUNNING:
            self._write_root(batch.root, now)
            return True
        if not is_mine or batch.root_status != self.status:
            written.error = LeaseLost(f"Another worker owns execution {batch.claim.execution_id}.")
        return False

    def _write_root(self, row: Row, now: float) -> None:
        *columns, progressed, ended = row
        self.root |= zip(_ROOT, columns, strict=True)
        self.root["cost"] += self.root["fees"]
        self.claims = 0 if progressed else self.claims
        self.lease_until = 0.0 if ended else now + LEASE_SECONDS

    def _bill(self, batch: Batch, written: Written) -> None:
        wanted = list(wishes(batch, written))
        if not wanted:
            return
        ceiling = replace(batch.ceiling, spent=batch.ceiling.spent + written.fees)
        outcomes = self.ledger.post([wish.order for wish in wanted], {batch.claim.execution_id: ceiling})
        for wish, outcome in zip(wanted, outcomes, strict=True):
            self.checks.billed(wish.order, outcome)
            note(wish, outcome)
        written.fees += written.new_fees
        self.root["fees"] += written.new_fees
        self.root["cost"] += written.new_fees - sum(written.uncovered.values())

    def _write_rows(self, batch: Batch, written: Written, again: bool) -> None:
        if not again:
            self.checks.committed(batch, written)
        for run_id, row in batch.runs.items():
            is_new = run_id not in self.runs
            self.checks.row(run_id, self.runs.get(run_id), row, is_news=again or is_new == (run_id in batch.new))
            self.runs[run_id] = as_billed(run_id, row, batch, written)
        for row in batch.children:
            self.children[row[_CHILD_ID]] = row
        for row in batch.outputs:
            key = row[_OUTPUT_RUN], row[_OUTPUT_INDEX]
            self.checks.output(key, is_new=again or key not in self.outputs)
            self.outputs.setdefault(key, row)
