"""Forgetting what is old."""

from datetime import datetime, timedelta

from django.conf import settings

from notifications.operators.models import AlertState, OperatorAlert

#: Alerts that one statement deletes.
AT_ONCE = 500


def forget_alerts(*, now: datetime) -> int:
    """Delete alerts older than DELIVERY_LOG_DAYS, unless one is still on its way. How many."""
    old = OperatorAlert.objects.filter(created_at__lt=now - timedelta(days=settings.DELIVERY_LOG_DAYS))
    forgettable = old.exclude(state=AlertState.WAITING)
    forgotten = 0
    while ids := list(forgettable.order_by().values_list("pk", flat=True)[:AT_ONCE]):
        OperatorAlert.objects.filter(pk__in=ids).delete()
        forgotten += len(ids)
    return forgotten
