"""What the journal of this process has committed, counted once a commit."""

from collections import Counter as Tally
from collections.abc import Sequence
from functools import cache

from prometheus_client import Counter, Histogram

from executor.errors import LeaseLost
from executor.journal.batch import Batch, Written
from executor.statuses import Status
from reliability.figures import PROCESS

ROWS = (1, 3, 10, 30, 100, 300, 1000, 3000)
SECONDS = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10)

batch_rows = Histogram(
    "sluice_journal_batch_rows", "Rows of one commit of the journal.", buckets=ROWS, registry=PROCESS
)
commit_seconds = Histogram(
    "sluice_journal_commit_seconds", "How long one commit took, with its retries.", buckets=SECONDS, registry=PROCESS
)
leases_lost = Counter(
    "sluice_leases_lost", "Executions that this process had to leave to another owner.", registry=PROCESS
)
graph_executions = Counter(
    "sluice_graph_executions", "Graph executions that have ended here.", ["status"], registry=PROCESS
)
block_executions = Counter(
    "sluice_block_executions", "Node executions that have ended here.", ["block_type", "status"], registry=PROCESS
)

#: Of a change that ends a node execution, its block and status; of one that ends a graph execution, None and status.
Ended = tuple[str | None, Status]
#: An enumeration takes its time to tell a value, and a set to find a member.
_COMPLETED, _FAILED, _TERMINATED = Status.COMPLETED, Status.FAILED, Status.TERMINATED


def note(batches: Sequence[Batch], answers: Sequence[Written], seconds: float) -> None:
    """Count one commit."""
    commit_seconds.observe(seconds)
    batch_rows.observe(sum(1 + len(one.children) + len(one.runs) + len(one.outputs) for one in batches))
    ended: Tally[Ended] = Tally()
    for batch, written in zip(batches, answers, strict=True):
        if written.error is None:
            ended.update(_ended(batch))
        elif isinstance(written.error, LeaseLost):
            leases_lost.inc()
    for (block, status), number in ended.items():
        _counter(block, status).inc(number)


def _ended(batch: Batch) -> list[Ended]:
    return [
        (change.run.node.block.name if change.run is not None else None, status)
        for change in batch.changes
        if change.index is None
        and ((status := change.status) is _COMPLETED or status is _FAILED or status is _TERMINATED)
    ]


@cache
def _counter(block: str | None, status: Status) -> Counter:
    """One that exists already is found without the lock of its family."""
    return graph_executions.labels(status.value) if block is None else block_executions.labels(block, status.value)
