"""Ending an execution that no engine runs: one that was never claimed, or whose worker is gone."""

from datetime import UTC, datetime
from uuid import UUID

from django.db import transaction
from django.db.models import F, Q, QuerySet

from executor.events import CommittedBatch, ExecutionFinished, announce_on_commit, publish
from executor.models import GraphExecution, NodeExecution
from executor.reviews.rejecting import reject_waiting
from executor.statuses import ALLOWED_FROM, TERMINAL, Status
from executor.stopping.unbilling import unbill
from executor.telling.changes import changes_since

_UNFINISHED = Q(status__in=(Status.QUEUED, Status.RUNNING, Status.REVIEW))


@transaction.atomic
def end(which: QuerySet[GraphExecution], *, execution_id: UUID, status: Status, code: str, message: str) -> bool:
    """Give a root execution, and all inside it, its final status. False if it is not among `which` any more.

    The condition is part of the UPDATE and the fence grows with it: an owner that still works finds its fence gone.
    """
    now = datetime.now(UTC)
    ended = {"status": status, "error_code": code, "error": message, "ended_at": now}
    among = which.filter(id=execution_id, status__in=ALLOWED_FROM[status])
    if not among.update(fence=F("fence") + 1, lease_until=None, **ended):
        return False
    unbill(GraphExecution.objects.get(id=execution_id), now=now)
    reject_waiting(execution_id, message=message, now=now)
    for graph in GraphExecution.objects.filter(Q(id=execution_id) | Q(root=execution_id)).order_by("-depth"):
        if graph.id != execution_id and graph.is_finished:
            continue
        _end_inside(graph, ended, now)
    _tell(execution_id)
    return True


@transaction.atomic
def end_orphan(execution_id: UUID) -> bool:
    """End what runs inside an execution that has ended, as far as its status says how. False if nothing is to be done.

    What is stopped with its root is TERMINATED; that any other root has left it behind is a fault.
    """
    now = datetime.now(UTC)
    orphan = GraphExecution.objects.filter(id=execution_id, root__status__in=TERMINAL).active().first()
    if orphan is None or orphan.root is None:
        return False
    root = orphan.root
    status = Status.TERMINATED if root.status == Status.TERMINATED else Status.FAILED
    message = root.error or "The execution around it has ended."
    ended = {"status": status, "error_code": root.error_code or "orphaned", "error": message, "ended_at": now}
    if not GraphExecution.objects.filter(id=execution_id, status__in=ALLOWED_FROM[status]).update(**ended):
        return False
    unbill(root, now=now)
    reject_waiting(root.id, message=message, now=now)
    _end_inside(orphan, ended, now)
    return True


def _tell(execution_id: UUID) -> None:
    root = GraphExecution.objects.get(id=execution_id)
    publish(
        ExecutionFinished(
            execution_id=str(root.id),
            user_id=str(root.user_id),
            graph_id=str(root.graph_id),
            status=root.status,
            cost=root.cost,
            error_code=root.error_code,
        )
    )


def _end_inside(graph: GraphExecution, ended: dict[str, object], now: datetime) -> None:
    """Number the changes of this graph execution, write them, and tell."""
    before = seq = graph.seq
    runs = list(NodeExecution.objects.filter(_UNFINISHED, execution=graph).order_by("number"))
    for run in runs:
        seq += 1
        run.seq, run.status, run.error, run.ended_at = seq, str(ended["status"]), str(ended["error"]), now
    NodeExecution.objects.bulk_update(runs, ["seq", "status", "error", "ended_at"], batch_size=500)
    GraphExecution.objects.filter(id=graph.id).update(seq=seq + 1, **ended)
    announce_on_commit(
        CommittedBatch(
            execution_id=str(graph.id),
            graph_id=str(graph.graph_id),
            user_id=str(graph.user_id),
            events=changes_since(graph.id, before, limit=len(runs) + 1),
        )
    )
