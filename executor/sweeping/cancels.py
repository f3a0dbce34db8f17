"""Executions that should stop, although nobody runs them who could be told."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet

from executor.graph_deletion import clear
from executor.models import GraphExecution
from executor.presets.models import Preset
from executor.schedules.models import Schedule
from executor.stopping.cancel import ask, stop_without_owner, without_owner
from executor.sweeping.each import each
from graphs.models import Graph

#: How long a start may take that does not see yet that its graph was deleted.
LONGEST_START = timedelta(minutes=10)
#: How long whoever deletes a graph may take for what goes with it.
LONGEST_CLEARING = timedelta(minutes=5)
#: How long either is looked for.
REMEMBERED = timedelta(hours=1)


def cancelled() -> int:
    """Those that somebody has asked to stop."""
    return each(_asked(), stop_without_owner)


def of_deleted_graphs() -> int:
    """Those that were being started while their graph was deleted, and so were not asked to stop.

    Whoever has deleted a graph may also have died before all that goes with it was gone.
    """
    now = datetime.now(UTC)
    deleted = Graph.objects.filter(deleted_at__gt=now - REMEMBERED)
    left = each(_not_cleared(deleted.filter(deleted_at__lt=now - LONGEST_CLEARING)), _cleared)
    moments = deleted.values_list("id", "deleted_at")
    return left + sum(_asked_of_graph(graph_id, since=moment - LONGEST_START) for graph_id, moment in moments if moment)


def _asked_of_graph(graph_id: UUID, *, since: datetime) -> int:
    return ask(GraphExecution.objects.filter(graph=graph_id, created_at__gt=since).roots())


def _not_cleared(graphs: QuerySet[Graph]) -> "QuerySet[Graph, UUID]":
    schedules, presets = (kind.objects.filter(graph=OuterRef("pk")) for kind in (Schedule, Preset))
    return graphs.filter(Exists(schedules) | Exists(presets)).order_by("deleted_at").values_list("id", flat=True)


def _cleared(graph_id: UUID) -> bool:
    clear([graph_id])
    return True


def _asked() -> "QuerySet[GraphExecution, UUID]":
    asked = without_owner().active().filter(cancel_requested_at__isnull=False)
    return asked.order_by("cancel_requested_at").values_list("id", flat=True)
