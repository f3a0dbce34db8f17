"""Blocks that fail more often than not."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Count, Min, Q
from django.db.models.functions import Coalesce

from blocks.registry import registry
from executor.models import NodeExecution
from executor.statuses import Status
from graphs.models import Node
from notifications.monitors.findings import Finding
from notifications.monitors.masking import samples
from notifications.operators.links import admin_link
from reliability.ids import first_id

PERIOD = timedelta(days=1)
#: From so many runs and so large a part on it is told.
RUNS, RATE = 10, 0.5
#: Errors that are looked at, and those that are told.
LOOKED_AT, TOLD = 100, 3
#: Nodes that one statement asks for.
AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Runs:
    """Of one block, within the period. nodes: those of it that have failed."""

    block_id: str
    ended: int
    failed: int
    since: datetime | None
    nodes: tuple[UUID, ...] = ()

    @property
    def rate(self) -> float:
        return self.failed / self.ended


def failing_blocks(now: datetime) -> Iterator[Finding]:
    """One finding for each block, the worst first."""
    for runs in failing(_counted(now)):
        yield _finding(runs, samples(_errors(runs, now), most=TOLD), now)


def failing(counted: Iterable[Runs]) -> list[Runs]:
    """Those to tell of. Pure."""
    return sorted((runs for runs in counted if runs.ended >= RUNS and runs.rate >= RATE), key=lambda runs: -runs.rate)


def together(block_id: str, of_nodes: Iterable[Runs]) -> Runs:
    """The runs of all nodes of one block. Pure."""
    runs = list(of_nodes)
    return Runs(
        block_id,
        ended=sum(one.ended for one in runs),
        failed=sum(one.failed for one in runs),
        since=min((one.since for one in runs if one.since), default=None),
        nodes=tuple(node for one in runs for node in one.nodes),
    )


def _counted(now: datetime) -> list[Runs]:
    """By block. What ran is to be found by its ids alone, whatever a planner thinks of the index of nodes: so it is not
    joined with them, and grouped by what that index does not hold.
    """
    failed = Q(status=Status.FAILED)
    rows = list(
        NodeExecution.objects.filter(failed | Q(status=Status.COMPLETED), id__gte=first_id(now - PERIOD))
        .order_by()
        .annotate(of_node=Coalesce("node_id", "node_id"))
        .values_list("of_node")
        .annotate(ended=Count("id"), failed=Count("id", filter=failed), since=Min("ended_at", filter=failed))
    )
    blocks = _blocks([row[0] for row in rows])
    of_blocks: dict[str, list[Runs]] = defaultdict(list)
    for node, ended, failures, since in rows:
        of_blocks[blocks[node]].append(Runs(blocks[node], ended, failures, since, (node,) if failures else ()))
    return [together(block_id, of_nodes) for block_id, of_nodes in of_blocks.items()]


def _blocks(nodes: Sequence[UUID]) -> dict[UUID, str]:
    """By node."""
    found: dict[UUID, str] = {}
    for begin in range(0, len(nodes), AT_ONCE):
        found.update(Node.objects.filter(id__in=nodes[begin : begin + AT_ONCE]).values_list("id", "block_id"))
    return found


def _errors(runs: Runs, now: datetime) -> list[str]:
    """The newest."""
    recent = NodeExecution.objects.filter(status=Status.FAILED, id__gte=first_id(now - PERIOD))
    failed = recent.filter(node_id__in=runs.nodes[:AT_ONCE])
    return list(failed.order_by("-id").values_list("error", flat=True)[:LOOKED_AT])


def _finding(runs: Runs, errors: list[str], now: datetime) -> Finding:
    block = registry.find(runs.block_id)
    name = block.name if block else runs.block_id
    return Finding(
        name=f"block-errors:{runs.block_id}",
        title=f"{name} fails: {runs.rate:.0%}",
        text="\n".join(
            [f"{runs.failed} of {runs.ended} runs have failed within 24 h.", *(f"- {error}" for error in errors)]
        ),
        link=admin_link("executor_graphexecution_changelist", status__exact=Status.FAILED.value),
        since=runs.since or now,
        count=runs.failed,
        told_again=PERIOD,
    )
