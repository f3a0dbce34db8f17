"""Deleting presets. Any number of executions may have been started from one."""

from django.db import transaction
from django.db.models import QuerySet

from executor.models import GraphExecution
from executor.presets.models import Preset

#: Executions that one transaction changes: others want to write, too.
PORTION = 1000
#: Executions that are looked up at once: looking again goes through those that were changed.
LOOKED_UP = 50 * PORTION


def delete_presets(presets: QuerySet[Preset]) -> None:
    """Delete them, once no execution says any more that it was started from one."""
    while _forgotten(presets):
        pass
    presets.delete()


def _forgotten(presets: QuerySet[Preset]) -> int:
    """By some executions. How many those were."""
    started = GraphExecution.objects.filter(preset__in=list(presets)).order_by()
    ids = list(started.values_list("id", flat=True)[:LOOKED_UP])
    for start in range(0, len(ids), PORTION):
        _forget(GraphExecution.objects.filter(id__in=ids[start : start + PORTION]))
    return len(ids)


@transaction.atomic
def _forget(executions: "QuerySet[GraphExecution]") -> None:
    """They are locked in the order in which the journal locks its executions."""
    list(executions.order_by("id").select_for_update(of=("self",)).values_list("id", flat=True))
    executions.update(preset=None)
