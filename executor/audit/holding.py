"""No hold outlives its execution."""

from collections.abc import Iterator

from django.db.models import Exists, OuterRef

from credits.audit import Fault
from credits.models import Hold, HoldStatus
from executor.models import GraphExecution


def holding(*, strict: bool) -> Iterator[Fault]:
    """Open holds of executions that have ended or do not exist."""
    unfinished = Exists(GraphExecution.objects.active().filter(pk=OuterRef("execution_id")))
    stale = Hold.objects.filter(~unfinished, status=HoldStatus.OPEN, execution_id__isnull=False)
    rows = stale.values_list("account__user__email", "key", "execution_id")
    for email, key, execution_id in rows.iterator():
        yield Fault(email, f"hold {key} is open, and execution {execution_id} has ended or does not exist")
