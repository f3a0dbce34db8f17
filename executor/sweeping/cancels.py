"""Executions that should stop, although nobody runs them who could be told."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from django.db.models import QuerySet

from executor.each_in_turn import each
from executor.models import GraphExecution
from executor.stopping.cancel import ask, stop_without_owner, without_owner
from graphs.models import Graph

#: How long a start may take that does not see yet that its graph was deleted.
LONGEST_START = timedelta(minutes=10)
#: How long such starts are looked for.
REMEMBERED = timedelta(hours=1)


def cancelled() -> int:
    """Those that somebody has asked to stop."""
    return each(_asked(), stop_without_owner)


def of_deleted_graphs() -> int:
    """Those that were being started while their graph was deleted, and so were not asked to stop."""
    deleted = Graph.objects.filter(deleted_at__gt=datetime.now(UTC) - REMEMBERED)
    moments = deleted.values_list("id", "deleted_at")
    return sum(_asked_of_graph(graph_id, since=moment - LONGEST_START) for graph_id, moment in moments if moment)


def _asked_of_graph(graph_id: UUID, *, since: datetime) -> int:
    return ask(GraphExecution.objects.filter(graph=graph_id, created_at__gt=since).roots())


def _asked() -> "QuerySet[GraphExecution, UUID]":
    asked = without_owner().active().filter(cancel_requested_at__isnull=False)
    return asked.order_by("cancel_requested_at").values_list("id", flat=True)
