"""Deleting an execution. It is not found any more at once; the clock erases what it leaves."""

from datetime import datetime

from django.db import transaction
from django.db.models import Q

from executor.deleting.models import Deletion
from executor.errors import InputInvalid, StillRunning
from executor.models import GraphExecution


@transaction.atomic
def delete_execution(execution: GraphExecution, *, now: datetime) -> None:
    """Hide an execution that has ended, and all that ran inside it. What it has cost stays in the ledger.

    Its row stays, too: the client's key of the request that started it starts no second one.
    Raises StillRunning, and InputInvalid for a sub-graph.
    """
    if execution.parent_id is not None:
        raise InputInvalid("A sub-graph is deleted with the execution that it ran in.", fields={})
    if not execution.is_finished:
        raise StillRunning
    inside = GraphExecution.objects.filter(Q(id=execution.id) | Q(root=execution)).order_by()
    deletions = [Deletion(execution_id=id, deleted_at=now) for id in inside.values_list("id", flat=True)]
    Deletion.objects.bulk_create(deletions, batch_size=500, ignore_conflicts=True)
