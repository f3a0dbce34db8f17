"""Erasing what deleted executions have said. May be done by several at once, and again: nothing comes back.

Costs, times and statuses stay, for the ledger is checked against them.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import QuerySet

from executor.deleting.models import Deletion
from executor.each_in_turn import each
from executor.engine.quoting import without_quotes
from executor.large.files import delete_files
from executor.models import GraphExecution, NodeExecution, NodeOutput
from executor.reviews.models import Review

#: Who was running the execution again when it was deleted has finished that by then.
GRACE = timedelta(minutes=1)
#: Deletions that one call looks at, and node executions that one statement changes.
AT_ONCE = 500
NODES_AT_ONCE = 1000
#: What a summary says in the stats; all else there is numbers.
TOLD = ("activity_status", "correctness_score")


def erase(*, now: datetime) -> int:
    """Erase values and files of what was deleted a moment ago. How many executions have nothing left of one of them.

    One that cannot be erased is logged, and tried again the next time.
    """
    due = Deletion.objects.filter(deleted_at__lte=now - GRACE).order_by("deleted_at")
    values = each(_ids(due.filter(values_due=True)), _erase_values, at_once=AT_ONCE)
    return values + each(_ids(due.filter(files_due=True, values_due=False)), _erase_files, at_once=AT_ONCE)


def _ids(deletions: QuerySet[Deletion]) -> "QuerySet[Deletion, UUID]":
    return deletions.values_list("execution_id", flat=True)


def _erase_values(execution_id: UUID) -> bool:
    """In portions: others want to write, too."""
    for portion in _portions(execution_id):
        NodeOutput.objects.filter(node_execution__in=portion).delete()
        runs = NodeExecution.objects.filter(id__in=portion)
        runs.update(inputs={}, error="")
        _erase_quotes(runs)
    Review.objects.filter(execution=execution_id).update(
        payload=None, edited_data=None, message="", instructions="", payload_hash=""
    )
    execution = GraphExecution.objects.only("stats").get(id=execution_id)
    stats = {name: value for name, value in execution.stats.items() if name not in TOLD}
    GraphExecution.objects.filter(id=execution_id).update(inputs={}, input_masks={}, error="", stats=stats)
    return bool(Deletion.objects.filter(execution=execution_id).update(values_due=False))


def _erase_quotes(runs: QuerySet[NodeExecution]) -> None:
    """Few have any."""
    kept = {run: without_quotes(run.stats) for run in runs.only("stats")}
    quoting = [run for run in kept if kept[run] != run.stats]
    for run in quoting:
        run.stats = kept[run]
    NodeExecution.objects.bulk_update(quoting, ["stats"])


def _portions(execution_id: UUID) -> Iterator[list[UUID]]:
    runs = NodeExecution.objects.filter(execution=execution_id).order_by("number")
    last = 0
    while found := list(runs.filter(number__gt=last).values_list("id", "number")[:NODES_AT_ONCE]):
        yield [run_id for run_id, _ in found]
        last = found[-1][1]


def _erase_files(execution_id: UUID) -> bool:
    """Files of a root, unless an execution that goes on from it still refers to them; then when that is deleted."""
    if not _is_needed(execution_id):
        delete_files(execution_id)
        _look_again_at_earlier(execution_id)
    return bool(Deletion.objects.filter(execution=execution_id).update(files_due=False))


def _is_needed(execution_id: UUID) -> bool:
    """Whether one that is not deleted goes on from it, or from one that does."""
    waiting = [execution_id]
    while waiting:
        later = GraphExecution.objects.filter(continues__in=waiting).order_by()
        found = list(later.values_list("id", "deletion"))
        if any(deletion is None for _, deletion in found):
            return True
        waiting = [later_id for later_id, _ in found]
    return False


def _look_again_at_earlier(execution_id: UUID) -> None:
    """The one that it has gone on from may have been kept for it."""
    earlier = GraphExecution.objects.filter(id=execution_id).values("continues")
    Deletion.objects.filter(execution__in=earlier).update(files_due=True)
