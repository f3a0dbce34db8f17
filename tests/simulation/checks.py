"""What must hold at every commit, whatever has happened before it. What does not is gathered, and told at the end."""

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from credits.outcomes import Outcome, Refused
from executor.journal import statements
from executor.journal.batch import Batch, Row, Written
from executor.journal.changes import Change
from executor.statuses import ALLOWED_FROM, TERMINAL, Status
from reliability.errors import SluiceError

_STATUS = list(statements._RUN).index("status")


@dataclass(slots=True)
class Checks:
    """may_be_short: credits may be lacking, so charges may be refused."""

    may_be_short: bool = False
    faults: list[str] = field(default_factory=list)
    #: The newest seq of each graph execution, and the status of each node execution, as clients were told.
    seqs: dict[UUID, int] = field(default_factory=lambda: defaultdict(int))
    statuses: dict[UUID, Status] = field(default_factory=dict)
    graph_statuses: dict[UUID, Status] = field(default_factory=dict)
    #: Everything that was committed, in order: `(graph, seq, node execution, status, index)`.
    told: list[tuple[Any, ...]] = field(default_factory=list)
    #: Names of nodes by their node executions.
    names: dict[UUID, str] = field(default_factory=dict)

    def require(self, holds: bool, fault: str) -> None:
        if not holds:
            self.faults.append(fault)

    def committed(self, batch: Batch, written: Written) -> None:
        """seqs follow one another without gaps, and each status follows from the one before."""
        unstarted = written.refused.keys() & batch.starting
        for change in batch.changes:
            graph_id = change.graph.id
            expected = self.seqs[graph_id] + 1
            self.require(change.seq == expected, f"seq {change.seq} where {expected} was due")
            self.seqs[graph_id] = change.seq
            was_refused = change.run is not None and change.run.id in unstarted and change.status is Status.RUNNING
            status = Status.QUEUED if was_refused else change.status
            self.told.append((graph_id, change.seq, change.run and change.run.id, status, change.index))
            self._move(change, status)

    def _move(self, change: Change, status: Status) -> None:
        if change.index is not None:
            return
        if change.run is None:
            known, id, first = self.graph_statuses, change.graph.id, Status.RUNNING
        else:
            known, id, first = self.statuses, change.run.id, Status.INCOMPLETE
        before = known.get(id, first)
        stays = before is status and (status not in TERMINAL or self.may_be_short)
        self.require(stays or before in ALLOWED_FROM.get(status, ()), f"{before} became {status}")
        known[id] = status
        if change.run is not None:
            self.names[id] = change.run.node.name

    def row(self, run_id: UUID, before: Row | None, after: Row, *, is_news: bool) -> None:
        """What has ended stays as it is."""
        self.require(is_news, f"node execution {run_id} was inserted twice, or changed before it was there")
        if before is not None and before[_STATUS] in TERMINAL:
            self.require(before[_STATUS] == after[_STATUS], f"{before[_STATUS]} became {after[_STATUS]} in its row")

    def output(self, key: tuple[str, int], *, is_new: bool) -> None:
        self.require(is_new, f"output {key} was emitted twice")

    def billed(self, order: Any, outcome: Outcome) -> None:
        """Nothing is refused that the account can pay."""
        if isinstance(outcome, Refused) and not (self.may_be_short and _is_shortness(outcome.error)):
            self.faults.append(f"the ledger refused {order!r}: {outcome.error}")


def _is_shortness(error: SluiceError) -> bool:
    return error.code in ("insufficient_balance", "cost_limit")
