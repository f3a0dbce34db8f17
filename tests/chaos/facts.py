"""Everything that is written about some executions, to see whether anything was added to it."""

from collections.abc import Sequence
from typing import Any

from django.db import connection
from django.db.models import Q
from redis import Redis

from credits.models import Hold, Transaction
from executor.models import GraphExecution, NodeExecution, NodeOutput
from realtime.stream import key
from tests.chaos.installation import Installation

Facts = dict[str, list[Any]]


def facts_of(running: Installation, ids: Sequence[str]) -> Facts:
    """Rows of the executions and of what is inside them, the ledger's, and the ends of their streams."""
    connection.close()  # what others have committed meanwhile
    graphs = GraphExecution.objects.filter(Q(id__in=ids) | Q(root__in=ids)).order_by("id")
    inside = list(graphs.values_list("id", flat=True))
    nodes = NodeExecution.objects.filter(execution__in=inside).order_by("id")
    return {
        "graphs": [_without_lease(row) for row in graphs.values()],
        "nodes": list(nodes.values()),
        "outputs": list(NodeOutput.objects.filter(node_execution__execution__in=inside).order_by("id").values()),
        "transactions": list(Transaction.objects.filter(execution__in=ids).order_by("id").values()),
        "holds": list(Hold.objects.filter(execution_id__in=ids).order_by("pk").values()),
        "streams": _streams(running, [str(id_) for id_ in inside]),
    }


def _without_lease(row: dict[str, Any]) -> dict[str, Any]:
    """Its owner renews it."""
    return {name: value for name, value in row.items() if name != "lease_until"}


def _streams(running: Installation, ids: Sequence[str]) -> list[Any]:
    with Redis.from_url(running.redis.url) as client:
        return [client.xrevrange(key(id_), count=1) for id_ in ids]
