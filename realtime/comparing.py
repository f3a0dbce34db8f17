"""What the rows say of executions that are followed: a look now and then finds what no wake has told of."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from executor.models import GraphExecution
from executor.statuses import UNFINISHED

#: Ids in one query.
CHUNK = 1000
#: Executions of followed graphs that one look finds, the newest first.
FOUND_MAX = 1000

_COLUMNS = ("id", "graph_id", "status", "seq")


@dataclass(frozen=True, slots=True)
class Known:
    """An execution as its row is."""

    execution_id: str
    graph_id: str
    status: str
    seq: int


def look(execution_ids: Collection[str], graph_ids: Collection[str], since: datetime | None) -> dict[str, Known]:
    """These executions, and those of these graphs that were made since, by id. One that was deleted is not there."""
    found = {one.execution_id: one for chunk in _chunks(list(execution_ids)) for one in _rows(id__in=chunk)}
    if graph_ids:
        found |= {one.execution_id: one for one in _rows(graph_id__in=graph_ids, created_at__gte=since)}
    return found


def unfinished(graph_id: str) -> list[Known]:
    """The executions of a graph that have not ended. Status by status, as there are indexes."""
    return [one for status in UNFINISHED for one in _rows(graph_id=graph_id, status=status)]


def _rows(**conditions: Any) -> list[Known]:
    rows = GraphExecution.objects.filter(**conditions).order_by("-created_at").values_list(*_COLUMNS)
    return [Known(str(one), str(graph_id), status, seq) for one, graph_id, status, seq in rows[:FOUND_MAX]]


def _chunks(ids: list[str]) -> Iterator[list[str]]:
    for start in range(0, len(ids), CHUNK):
        yield ids[start : start + CHUNK]
