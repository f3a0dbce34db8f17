"""What the nodes of an execution did, in few rows however often they ran."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Count, F, Min, Q, QuerySet, Window
from django.db.models.functions import RowNumber

from executor.models import NodeExecution, NodeOutput
from executor.statuses import Status

#: Of each node: its last executions, its first errors, and the first outputs of each execution.
LAST = 3
ERRORS = 10
OUTPUTS = 10
NODES = 100


@dataclass(frozen=True, slots=True)
class Ran:
    """How often a node ran, and failed."""

    node_id: UUID
    executions: int
    failed: int


@dataclass(frozen=True, slots=True)
class History:
    """nodes: in the order in which they first ran. runs, errors: by node. outputs: by node execution."""

    nodes: Sequence[Ran]
    runs: Mapping[UUID, Sequence[NodeExecution]]
    errors: Mapping[UUID, Sequence[str]]
    outputs: Mapping[UUID, Sequence[tuple[str, Any]]]


def history_of(execution_id: UUID) -> History:
    """Of a finished execution, without what is inside its sub-graphs."""
    ran = NodeExecution.objects.filter(execution=execution_id).exclude(status=Status.INCOMPLETE)
    nodes = _counted(ran)
    shown = ran.filter(node__in=[node.node_id for node in nodes])
    runs: dict[UUID, list[NodeExecution]] = defaultdict(list)
    for run in _of_each_node(shown, F("number").desc(), LAST):
        runs[run.node_id].append(run)
    errors: dict[UUID, list[str]] = defaultdict(list)
    failed = _of_each_node(shown.filter(status=Status.FAILED), F("number").asc(), ERRORS)
    for node_id, error in failed.values_list("node_id", "error"):
        errors[node_id].append(error)
    return History(nodes, runs, errors, _first_outputs([run.id for each in runs.values() for run in each]))


def _counted(ran: QuerySet[NodeExecution]) -> list[Ran]:
    failed = Count("id", filter=Q(status=Status.FAILED))
    counts = ran.order_by().values("node_id").annotate(first=Min("number"), executions=Count("id"), failed=failed)
    rows = counts.order_by("first").values_list("node_id", "executions", "failed")[:NODES]
    return [Ran(*row) for row in rows]


def _of_each_node(ran: QuerySet[NodeExecution], order: Any, most: int) -> QuerySet[NodeExecution]:
    """The first so many of each node in this order; the oldest of them first."""
    place = Window(RowNumber(), partition_by=F("node_id"), order_by=order)
    return ran.annotate(place=place).filter(place__lte=most).order_by("number")


def _first_outputs(run_ids: Collection[UUID]) -> dict[UUID, list[tuple[str, Any]]]:
    found: dict[UUID, list[tuple[str, Any]]] = defaultdict(list)
    rows = NodeOutput.objects.filter(node_execution__in=run_ids, index__lt=OUTPUTS).order_by("node_execution", "index")
    for run_id, name, data in rows.values_list("node_execution_id", "name", "data"):
        found[run_id].append((name, data))
    return found
