"""What is left of deleted graphs: who has deleted one may have died before all that goes with it was gone."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from executor.each_in_turn import each
from executor.graph_deletion import clear
from executor.presets.models import Preset
from executor.schedules.models import Schedule

#: How long whoever deletes a graph may take for it.
LONGEST_CLEARING = timedelta(minutes=5)


def graphs_cleared() -> int:
    """Delete a portion of the schedules and presets of one graph, with what refers to them: other work waits."""
    return each(_not_cleared(), _portion_cleared, at_once=1)


def _not_cleared() -> list[UUID]:
    """Graphs, those saved first before the others. Of graphs that were deleted there are ever more, of these few."""
    before = datetime.now(UTC) - LONGEST_CLEARING
    found: set[UUID] = set()
    for kind in (Schedule, Preset):
        found.update(kind.objects.filter(graph__deleted_at__lt=before).order_by().values_list("graph", flat=True))
    return sorted(found)


def _portion_cleared(graph_id: UUID) -> bool:
    next(clear([graph_id]), None)
    return True
