"""Forgetting what is old."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Exists, OuterRef

from notifications.models import Delivery, Notice

#: Notices that one statement deletes.
AT_ONCE = 500


def forget_notices(*, now: datetime) -> int:
    """Delete notices older than DELIVERY_LOG_DAYS with their deliveries, unless one is still on its way. How many."""
    old = Notice.objects.filter(happened_at__lt=now - timedelta(days=settings.DELIVERY_LOG_DAYS))
    on_its_way = Delivery.objects.waiting().filter(notice=OuterRef("pk"), next_at__isnull=False)
    forgettable = old.filter(~Exists(on_its_way), spread_at__isnull=False)
    forgotten = 0
    while ids := list(forgettable.values_list("pk", flat=True)[:AT_ONCE]):
        Notice.objects.filter(pk__in=ids).delete()
        forgotten += len(ids)
    return forgotten
