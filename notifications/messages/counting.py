"""Counting a mail among those of its user's day, once however often it is tried."""

from datetime import datetime

from django.db import transaction

from accounts.mail_counts import count_mail, uncount_mail
from accounts.timezones import local_day
from notifications.models import Delivery


@transaction.atomic
def count(delivery: Delivery, *, now: datetime) -> bool:
    """False if the limit of the day is reached."""
    user = delivery.notice.user
    today = local_day(user.timezone, now)
    if delivery.counted_on == today:
        return True  # whoever tried it was killed, and it may have been sent
    if not count_mail(user, today):
        return False
    Delivery.objects.filter(id=delivery.id, fence=delivery.fence).update(counted_on=today)
    return True


def uncount(delivery: Delivery) -> None:
    """It was not sent. The row is the caller's to save."""
    if delivery.counted_on is not None:
        uncount_mail(delivery.notice.user, delivery.counted_on)
        delivery.counted_on = None
