"""Executions of Ada's as they are when something has run in them, without running it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.utils import timezone

from executor.models import GraphExecution, NodeExecution, NodeOutput
from graphs.models import GraphVersion
from tests.api.cast import Scene


def past(
    scene: Scene, *, version: GraphVersion | None = None, created_at: datetime | None = None, **fields: Any
) -> GraphExecution:
    """One that has ended, unless its status says something else."""
    version = version or scene.version
    now = timezone.now()
    times = {"started_at": now, "ended_at": now, "lease_until": now}
    fields = {"status": "COMPLETED", "inputs": {"question": "Why?"}} | times | fields
    execution = GraphExecution.objects.create(user=scene.ada, graph=version.graph, version=version, **fields)
    if created_at is not None:
        GraphExecution.objects.filter(id=execution.id).update(created_at=created_at)
        execution.refresh_from_db()
    return execution


def add_runs(
    execution: GraphExecution, outputs: Sequence[Sequence[Any]], *, value: Any = None, status: str = "COMPLETED"
) -> list[NodeExecution]:
    """A run of the node `answer` for each item, which has emitted these values. value: what each was given."""
    now = timezone.now()
    node = execution.version.nodes.get(metadata__customized_name="answer")
    times = {"added_at": now, "queued_at": now, "started_at": now, "ended_at": now}
    inputs = {"name": "answer", "value": value}
    first = execution.node_executions.count()
    runs = [
        NodeExecution(
            execution=execution,
            node=node,
            number=number,
            status=status,
            inputs=inputs,
            **times,
        )
        for number, _ in enumerate(outputs, start=first + 1)
    ]
    NodeExecution.objects.bulk_create(runs)
    pairs = [(run, index, data) for run, values in zip(runs, outputs, strict=True) for index, data in enumerate(values)]
    seqs = range(execution.seq + 1, execution.seq + 1 + len(pairs))
    NodeOutput.objects.bulk_create(
        NodeOutput(node_execution=run, index=index, name="output", data=data, seq=seq, created_at=now)
        for seq, (run, index, data) in zip(seqs, pairs, strict=True)
    )
    execution.seq += len(pairs) + 1
    GraphExecution.objects.filter(id=execution.id).update(seq=execution.seq)
    return runs
