"""What the sweeper had to repair: shapes that should not be there at all, and ordinary repairs that become many."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from executor.dispatch.models import RepairCount
from notifications.monitors.findings import Finding
from notifications.operators.links import admin_link
from notifications.operators.models import Watermark

NAME, PERIOD = "repairs", timedelta(hours=1)
#: Repairs within the period that are no reason to look: a worker was killed, Redis was started again, a user stopped.
ORDINARY = {
    "cancelled": 100,
    "graph_deleted": 100,
    "graph_cleared": 1000,
    "taken_over": 20,
    "rung_again": 20,
    "overdue": 10,
}


def repaired_shapes(now: datetime) -> Iterator[Finding]:
    """What has grown too much within the hour. The first look only notes what was there before."""
    totals = dict(RepairCount.objects.values_list("kind", "total"))
    mark, is_new = Watermark.objects.get_or_create(name=NAME, defaults={"seen": totals, "seen_at": now})
    if is_new:
        return
    for kind, number in too_many(totals, mark.seen).items():
        yield _finding(kind, number, mark.seen_at)
    if now - mark.seen_at >= PERIOD:
        Watermark.objects.filter(name=NAME, seen_at=mark.seen_at).update(seen=totals, seen_at=now)


def too_many(totals: Mapping[str, int], seen: Mapping[str, int]) -> dict[str, int]:
    """By kind, how many there were since, where that is more than is ordinary. Pure."""
    grown = {kind: total - seen.get(kind, 0) for kind, total in totals.items()}
    return {kind: number for kind, number in grown.items() if number > ORDINARY.get(kind, 0)}


def _finding(kind: str, number: int, since: datetime) -> Finding:
    return Finding(
        name=f"repairs:{kind}",
        title=f"The sweeper repairs executions: {kind}",
        text=f"{number} were {kind.replace('_', ' ')}. One kind that keeps growing is a fault somewhere else.",
        link=admin_link("dispatch_repaircount_changelist"),
        since=since,
        count=number,
    )
