"""What the page of an execution shows before anything live reaches it."""

from collections import Counter
from datetime import datetime
from typing import Any

from executor.models import GraphExecution
from executor.sharing.links import page_address, shared_token
from executor.sharing.models import Share
from executor.statuses import TERMINAL, Status
from executor.telling.snapshot import graph_snapshot, node_snapshots

#: Of more node executions than this, only the newest are on the page.
NODES_MAX = 500


def page_of(execution: GraphExecution, *, now: datetime, site: str) -> dict[str, Any]:
    """The template's variables. now: when the page is made, so that clocks that differ do no harm.

    site: where this installation was reached, for the link if it is shared.

    Node executions are in the order in which they were queued; those that still gather inputs are left out, as they
    are in the live events. Each that is shown is counted as it is shown, though it may have gone on since: live events
    count on from there.
    """
    runs = execution.node_executions.exclude(status=Status.INCOMPLETE)
    newest = list(reversed(runs.order_by("-queued_at", "-number")[:NODES_MAX]))
    older = runs.filter(queued_at__lt=newest[0].queued_at) if newest else runs.none()
    hidden = Counter(older.values_list("status", flat=True))
    counts = Counter(run.status for run in newest) + hidden
    return {
        "execution": execution,
        "snapshot": graph_snapshot(execution),
        "nodes": node_snapshots(execution, newest),
        "total": counts.total(),
        "hidden": hidden.total(),
        "finished": sum(counts[status] for status in TERMINAL),
        "failed": counts[Status.FAILED],
        "nodes_max": NODES_MAX,
        "now": now.isoformat(),
        "is_shared": Share.objects.filter(execution=execution).exists(),
        "link": page_address(token, site=site) if (token := shared_token(execution)) else "",
    }
