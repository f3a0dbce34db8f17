"""What the journal of this process has committed, counted once a commit."""

from collections import Counter as Tally
from collections.abc import Sequence
from functools import cache

from prometheus_client import Counter, Histogram

from executor.errors import LeaseLost
from executor.journal.batch import Batch, Written
from executor.journal.changes import Change
from executor.statuses import Status
from reliability.durations import Durations
from reliability.figures import PROCESS

ROWS = (1, 3, 10, 30, 100, 300, 1000, 3000)
SECONDS = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10)
BLOCK_SECONDS = (0.01, 0.1, 0.3, 1, 3, 10, 30, 60)
EXECUTION_SECONDS = (0.1, 0.3, 1, 3, 10, 30, 100, 300, 1000, 3600, 10_000)

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

block_seconds = Durations(
    "sluice_block_duration_seconds",
    "From the first start of a node execution to its end, with all its tries.",
    label="block_type",
    bounds=BLOCK_SECONDS,
)
PROCESS.register(block_seconds)
execution_seconds = Durations(
    "sluice_graph_execution_duration_seconds",
    "From the start of a graph execution to its end, with all that it waited for.",
    label="status",
    bounds=EXECUTION_SECONDS,
)
PROCESS.register(execution_seconds)

#: Of a change that ends a node execution, its block and status; of one that ends a graph execution, None and status.
Ended = tuple[str | None, Status]
#: An enumeration takes its time to tell a value, and a set to find a member.
_COMPLETED, _FAILED, _TERMINATED = Status.COMPLETED, Status.FAILED, Status.TERMINATED


def note(batches: Sequence[Batch], answers: Sequence[Written], seconds: float) -> None:
    """Count one commit."""
    commit_seconds.observe(seconds)
    batch_rows.observe(sum(1 + len(one.children) + len(one.runs) + len(one.outputs) for one in batches))
    ended: list[Change] = []
    for batch, written in zip(batches, answers, strict=True):
        if written.error is None:
            ended += _ends(batch)
        elif isinstance(written.error, LeaseLost):
            leases_lost.inc()
    if ended:
        _note_ends(ended)


def _ends(batch: Batch) -> list[Change]:
    return [
        change
        for change in batch.changes
        if change.index is None
        and ((status := change.status) is _COMPLETED or status is _FAILED or status is _TERMINATED)
    ]


def _note_ends(ends: Sequence[Change]) -> None:
    """What has never started took no time."""
    nodes = [(run.node.block.name, change) for change in ends if (run := change.run) is not None]
    graphs = [change for change in ends if change.run is None]
    tally: Tally[Ended] = Tally([(name, change.status) for name, change in nodes])
    tally.update([(None, change.status) for change in graphs])
    for (block, status), number in tally.items():
        _counter(block, status).inc(number)
    block_seconds.note(
        [
            (name, (change.at - begun).total_seconds())
            for name, change in nodes
            if (begun := change.run.started_at) is not None  # type: ignore[union-attr]  # they are those with a run
        ]
    )
    execution_seconds.note(
        [
            (change.status.value, (change.at - begun).total_seconds())
            for change in graphs
            if (begun := change.graph.started_at) is not None
        ]
    )


@cache
def _counter(block: str | None, status: Status) -> Counter:
    """One that exists already is found without the lock of its family."""
    return graph_executions.labels(status.value) if block is None else block_executions.labels(block, status.value)
