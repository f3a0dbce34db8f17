"""Deleting a graph, with all that could start it. What it has done stays: its executions, and what they have cost."""

import logging
from collections import deque
from collections.abc import Collection, Iterator
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from executor.models import GraphExecution, GraphExecutionQuerySet
from executor.presets.deleting import presets_going
from executor.presets.models import Preset
from executor.schedules.deleting import schedules_going
from executor.schedules.models import Schedule
from executor.stopping.cancel import ask, request_cancel_all
from executor.webhooks.models import Registration, Webhook
from graphs.deleting import hide, of_no_use_without, users_of
from graphs.errors import GraphInUse
from graphs.models import Graph

logger = logging.getLogger(__name__)

#: Graphs that an error names.
NAMED = 10


def delete_graph(graph: Graph, *, even_if_used: bool = False) -> int:
    """Hide the graph, delete what starts it and stop its executions. How many versions it had.

    1. It is hidden, and so are graphs that are there only because it has run them.
    2. Nothing starts by itself any more: their webhooks go, and providers are told by the clock; schedules are paused.
       They are locked before executions, as the clock does it that replaces an execution by a later one.
    3. Executions that have not ended are asked to stop, and those that nobody runs end at once. One that is being
       started meanwhile never begins, and the sweeper ends it.
    4. Their schedules and presets go, which nobody finds any more since the first step. The sweeper goes on with that
       if this process ends before.
    even_if_used: also if other graphs run it, which then cannot be started any more.
    Raises GraphInUse, and GraphNotFound if somebody was faster.
    """
    with transaction.atomic():
        _require_deletable(graph, even_if_used=even_if_used)
        gone = _hidden(graph, now=timezone.now())
        executions = GraphExecution.objects.filter(graph__in=gone)
        _stop_what_starts(gone)
        _hold(executions)
        ask(executions.roots())
    request_cancel_all(executions)
    deque(clear([each.id for each in gone]), maxlen=0)
    for each in gone:
        logger.info("A graph was deleted", extra={"action": "graph_deleted", "graph": str(each.id)})
    return graph.versions.count()


def clear(graph_ids: Collection[UUID]) -> Iterator[None]:
    """Delete the schedules and presets of hidden graphs, a transaction with each step: many rows are theirs."""
    yield from schedules_going(Schedule.objects.filter(graph__in=graph_ids))
    yield from presets_going(Preset.objects.filter(graph__in=graph_ids))


def _require_deletable(graph: Graph, *, even_if_used: bool) -> None:
    if graph.is_sub_graph:
        raise GraphInUse("This graph is there only because others run it, and goes with them.", used_by=[])
    if not even_if_used and (users := users_of(graph)):
        shown = [{"id": str(user.id), "name": user.name} for user in users[:NAMED]]
        names = ", ".join(user["name"] for user in shown)
        raise GraphInUse(f"Other graphs run this one, and could not any more: {names}.", used_by=shown)


def _hidden(graph: Graph, *, now: datetime) -> list[Graph]:
    """It, and what is of no use without it."""
    hide(graph, now=now)
    return [graph, *(each for sub in of_no_use_without(graph) for each in _hidden(sub, now=now))]


def _hold(executions: GraphExecutionQuerySet) -> None:
    """Lock those that are at work in the order in which all writers do, so that nobody waits for each other."""
    list(executions.active().select_for_update().order_by("id").values_list("id", flat=True))


def _stop_what_starts(graphs: list[Graph]) -> None:
    Schedule.objects.filter(graph__in=graphs).update(is_paused=True)
    Registration.objects.filter(webhook__graph__in=graphs).update(attempts=0, next_at=timezone.now())
    Webhook.objects.filter(graph__in=graphs).delete()
