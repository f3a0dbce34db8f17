"""Keeping a summary with its execution, and telling live clients."""

from uuid import UUID

from django.db import transaction
from django.db.models import F

from executor.events import CommittedBatch, announce_on_commit
from executor.models import GraphExecution
from executor.statuses import TERMINAL
from executor.summary.asking import Summary
from executor.telling.changes import changes_since


@transaction.atomic
def store(execution_id: UUID, summary: Summary) -> bool:
    """Put it into the execution's stats, as one more change of it. False if it has changed meanwhile, or is deleted."""
    execution = GraphExecution.objects.get(id=execution_id)
    stats = execution.stats | {"activity_status": summary.activity, "correctness_score": summary.score}
    unchanged = GraphExecution.objects.filter(id=execution_id, seq=execution.seq, status__in=TERMINAL, deletion=None)
    if not unchanged.update(stats=stats, seq=F("seq") + 1):
        return False
    announce_on_commit(
        CommittedBatch(
            execution_id=str(execution_id),
            graph_id=str(execution.graph_id),
            user_id=str(execution.user_id),
            events=changes_since(execution_id, execution.seq),
        )
    )
    return True
