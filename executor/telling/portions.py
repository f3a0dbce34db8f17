"""Long executions, read bit by bit: however much they hold, an answer does not."""

from collections.abc import Iterator, Mapping
from itertools import chain, groupby, islice
from typing import Any

from executor.models import GraphExecution, NodeExecution, NodeOutput
from executor.telling.payloads import Payload, gathered
from executor.telling.room import NODE_BYTES, Room
from executor.telling.row_payloads import as_told, of_node
from graphs.plans import plan_for
from reliability.sql import json_text, json_value

#: Rows that are read at once, each of which may be large.
FETCHED = 20

_OUTPUT = ("seq", "index", "name", "data", "created_at", "node_execution_id", "node_execution__node_id")


def node_portion(
    execution: GraphExecution, *, after: int = 0, limit: int, only: Mapping[str, Any] | None = None
) -> tuple[list[Payload], bool]:
    """Node executions with a number above `after`, in order, and whether there are more.

    Each says in `has_all_outputs` whether its outputs are all there. only: lookups of other fields.  Two queries,
    that for outputs last: some may be newer than their node execution, and none is missing.
    """
    plan, room = plan_for(execution.version), Room()
    wanted = NodeExecution.objects.filter(execution=execution, number__gt=after, **(only or {})).order_by("number")
    rows = wanted.iterator(chunk_size=FETCHED)
    first = list(islice(rows, 1))
    outputs = _Outputs(execution, after)
    found: list[Payload] = []
    for run in chain(first, rows):
        if len(found) == limit:
            return found, True
        shown, is_whole = outputs.of(run)
        text = json_text(of_node(execution, plan, run, outputs=shown, number=run.number, has_all_outputs=is_whole))
        if not room.has_text(text) and found:
            return found, True
        found.append(json_value(text))
    return found, False


def output_portion(execution: GraphExecution, *, after: int, limit: int) -> tuple[list[Payload], bool]:
    """Values that its nodes have emitted with a seq above `after`, in order, and whether there are more.

    What commits meanwhile has a higher seq than the row of the execution, and is left for the next call.
    """
    emitted = NodeOutput.objects.filter(
        node_execution__execution=execution, seq__gt=after, seq__lte=execution.seq
    ).order_by("seq")
    rows = emitted.values_list(*_OUTPUT)[: limit + 1].iterator(chunk_size=FETCHED)
    nodes, room = plan_for(execution.version).nodes, Room()
    found: list[Payload] = []
    for seq, index, name, data, created_at, run_id, node_id in rows:
        item = {
            "seq": seq,
            "node_exec_id": run_id,
            "node_id": node_id,
            "node_name": nodes[str(node_id)].name,
            "output_index": index,
            "name": name,
            "data": data,
            "created_at": created_at,
        }
        if len(found) == limit or (not room.has(item) and found):
            return as_told(found), True
        found.append(item)
    return as_told(found), False


def results_portion(execution: GraphExecution, room: Room) -> tuple[dict[str, list[Any]], bool]:
    """As `results.outputs_of`, as far as there is room, and whether that is all."""
    output_nodes = [node.id for node in plan_for(execution.version).outputs]
    given = NodeExecution.objects.filter(execution=execution, node_id__in=output_nodes, queued_at__isnull=False)
    rows = given.order_by("queued_at", "number").values_list("inputs", flat=True).iterator(chunk_size=FETCHED)
    found: list[tuple[str, Any]] = []
    for inputs in rows:
        pair = str(inputs.get("name", "")), inputs.get("value")
        if not room.has(pair):
            return gathered(found), False
        found.append(pair)
    return gathered(found), True


class _Outputs:
    """The outputs of node executions that are asked for in the order of their numbers."""

    def __init__(self, execution: GraphExecution, after: int) -> None:
        emitted = NodeOutput.objects.filter(
            node_execution__execution=execution, node_execution__number__gt=after
        ).order_by("node_execution__number", "index")
        rows = emitted.values_list("node_execution__number", "name", "data").iterator(chunk_size=FETCHED)
        self._groups = groupby(rows, key=lambda row: row[0])
        self._next = next(self._groups, None)

    def of(self, run: NodeExecution) -> tuple[dict[str, list[Any]], bool]:
        while self._next is not None and self._next[0] < run.number:
            self._next = next(self._groups, None)
        return _fitting(self._next[1]) if self._next is not None and self._next[0] == run.number else ({}, True)


def _fitting(rows: Iterator[tuple[int, str, Any]]) -> tuple[dict[str, list[Any]], bool]:
    room = Room(NODE_BYTES)
    pairs: list[tuple[str, Any]] = []
    for _, name, data in rows:
        if not room.has(data):
            return gathered(pairs), False
        pairs.append((name, data))
    return gathered(pairs), True
