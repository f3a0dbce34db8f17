"""No worker that listens."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from redis.exceptions import RedisError

from executor.dispatch.window import places
from executor.models import GraphExecution
from executor.statuses import Status
from notifications.monitors.findings import Finding
from notifications.operators.links import admin_link
from notifications.operators.models import Watermark

NAME = "workers"
#: A worker that is started again is away for a moment.
PATIENCE = timedelta(seconds=120)


def absent_workers(now: datetime) -> Iterator[Finding]:
    """If none was there for too long."""
    trouble = _trouble()
    if not trouble:
        Watermark.objects.update_or_create(name=NAME, defaults={"seen_at": now})
        return
    mark, _ = Watermark.objects.get_or_create(name=NAME, defaults={"seen_at": now})
    if now - mark.seen_at >= PATIENCE:
        waiting = GraphExecution.objects.roots().filter(status=Status.QUEUED).count()
        yield Finding(
            name="workers",
            title="No worker listens",
            text=f"{trouble} {waiting} execution{' waits' if waiting == 1 else 's wait'}.",
            link=admin_link("executor_graphexecution_changelist", status__exact=Status.QUEUED.value),
            since=mark.seen_at,
            count=1,
        )


def _trouble() -> str:
    """Empty if a worker is there."""
    try:
        return "" if places() else "Nothing that is started begins."
    except (RedisError, OSError):
        return "Redis does not answer, so none can be seen."
