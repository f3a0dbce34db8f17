"""The payloads of changes, made from rows instead of from the engine's memory."""

from typing import Any

from executor.models import GraphExecution, NodeExecution
from executor.telling.payloads import Payload, graph_payload, graph_stats, node_payload
from executor.telling.results import outputs_of
from graphs.plan import Plan
from reliability.sql import json_text, json_value


def of_graph(execution: GraphExecution, *, with_outputs: bool) -> Payload:
    """The execution as its row now is. Needs `version` selected."""
    return graph_payload(
        seq=execution.seq,
        execution_id=execution.id,
        user_id=execution.user_id,
        graph_id=str(execution.graph_id),
        graph_version=execution.version.number,
        preset_id=execution.preset_id,
        status=execution.status,
        started_at=execution.started_at,
        ended_at=execution.ended_at,
        stats=graph_stats(
            cost=execution.cost,
            stats=execution.stats,
            error=execution.error,
            error_code=execution.error_code,
            started_at=execution.started_at,
            ended_at=execution.ended_at,
        ),
        inputs=execution.inputs,
        outputs=outputs_of(execution) if with_outputs else {},
    )


def of_node(
    execution: GraphExecution, plan: Plan, run: NodeExecution, *, outputs: dict[str, list[Any]], **newer: Any
) -> Payload:
    """A node execution as its row now is. newer: keys that say something else."""
    node = plan.nodes[str(run.node_id)]
    payload = node_payload(
        seq=run.seq,
        user_id=execution.user_id,
        graph_id=str(execution.graph_id),
        graph_version=execution.version.number,
        execution_id=execution.id,
        node_execution_id=run.id,
        node_id=node.id,
        block_id=node.block.id,
        node_name=node.name,
        status=run.status,
        inputs=run.inputs,
        outputs=outputs,
        cost=run.cost + run.stats.get("child_cost", 0),
        error=run.error,
        times=(run.added_at, run.queued_at, run.started_at, run.ended_at),
    )
    return payload | newer


def as_told(payloads: list[Payload]) -> list[Payload]:
    """Plain JSON, just as live clients get it."""
    told: list[Payload] = json_value(json_text(payloads))
    return told
