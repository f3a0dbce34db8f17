"""What users should have been told by now."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db.models import Q

from notifications.models import Delivery, Notice
from notifications.monitors.findings import Finding
from notifications.operators.links import admin_link

TOO_OLD = timedelta(minutes=10)


def old_outbox(now: datetime) -> Iterator[Finding]:
    """Notices that nobody has dealt with, and deliveries that are due and that nobody tries."""
    unspread = Notice.objects.filter(spread_at=None, happened_at__lt=now - TOO_OLD)
    if (oldest := unspread.order_by("id").first()) is not None:
        yield _finding("notices", "Notices wait to be told", oldest.happened_at, unspread.count())
    late = Q(claimed_until=None) | Q(claimed_until__lt=now - TOO_OLD)
    untried = Delivery.objects.waiting().filter(late, next_at__lt=now - TOO_OLD)
    if (due := untried.order_by("next_at").values_list("next_at", flat=True).first()) is not None:
        yield _finding("deliveries", "Deliveries are due, and nobody tries them", due, untried.count())


def _finding(name: str, title: str, since: datetime, count: int) -> Finding:
    return Finding(
        name=f"outbox-{name}",
        title=title,
        text=f"The oldest since {since:%Y-%m-%d %H:%M} UTC.",
        link=admin_link("notifications_delivery_changelist", status__exact="WAITING"),
        since=since,
        count=count,
    )
