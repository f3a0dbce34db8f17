"""Storing a test's graph, starting it through the front door, and running it in this process."""

import asyncio
from collections.abc import Iterable
from typing import Any

from accounts.models import User
from executor.jobs import run_execution
from executor.launching.launch import launch
from executor.models import GraphExecution, NodeExecution
from executor.telling.results import outputs_of
from graphs.document import GraphDocument
from graphs.models import Graph, GraphVersion
from graphs.storage import write_version


def store(user: User, document: GraphDocument) -> GraphVersion:
    """A stored version of a document."""
    graph = Graph.objects.create(id=document.id, owner=user, name=document.name)
    return write_version(graph, document)


def started(
    user: User, document: GraphDocument, inputs: dict[str, Any] | None = None, **options: Any
) -> GraphExecution:
    """Stored and launched, not yet run."""
    return launch(user, store(user, document), inputs=inputs or {}, **options)


def run(execution: GraphExecution) -> GraphExecution:
    """Run it to its end, as a worker would."""
    asyncio.run(run_execution(str(execution.id)))
    return fresh(execution)


def ran(user: User, document: GraphDocument, inputs: dict[str, Any] | None = None, **options: Any) -> GraphExecution:
    """Stored, launched and run."""
    return run(started(user, document, inputs, **options))


def fresh(execution: GraphExecution) -> GraphExecution:
    return GraphExecution.objects.get(id=execution.id)


def outputs(execution: GraphExecution) -> dict[str, list[Any]]:
    return outputs_of(execution)


def node_executions(execution: GraphExecution, name: str) -> list[NodeExecution]:
    """Those of the node with this name, in order."""
    rows = NodeExecution.objects.filter(execution=execution, node__metadata__customized_name=name)
    return list(rows.order_by("number"))


def statuses(rows: Iterable[NodeExecution]) -> list[str]:
    return [row.status for row in rows]
