"""Schedules that were due, and that nobody has started."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from executor.schedules.models import Schedule
from notifications.monitors.findings import Finding
from notifications.operators.links import admin_link

#: Those that are refused for a moment, by a limit of their user, are recorded as missed about then.
LAG = timedelta(seconds=300)


def lagging_schedules(now: datetime) -> Iterator[Finding]:
    late = Schedule.objects.filter(is_paused=False, user__is_active=True, next_at__lt=now - LAG)
    since = late.order_by("next_at").values_list("next_at", flat=True).first()
    if since is not None:
        yield Finding(
            name="schedules",
            title="Schedules are due, and do not start",
            text=f"The oldest was due at {since:%Y-%m-%d %H:%M:%S} UTC.",
            link=admin_link("schedules_schedule_changelist", is_paused__exact="0"),
            since=since,
            count=late.count(),
        )
