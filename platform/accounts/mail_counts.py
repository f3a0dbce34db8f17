"""How many notifications a user was sent by e-mail on one day: no more than the user wants."""

from datetime import date

from django.db import transaction
from django.db.models import F

from accounts.models import NotificationWishes, User
from accounts.wishes import locked_wishes


def sent_today(wishes: NotificationWishes, today: date) -> int:
    return wishes.emails_sent if wishes.emails_sent_on == today else 0


@transaction.atomic
def count_mail(user: User, today: date) -> bool:
    """Count one that is about to be sent. False if the day's limit is reached; then it must not be."""
    wishes = locked_wishes(user)
    sent = sent_today(wishes, today)
    if sent >= wishes.daily_limit:
        return False
    NotificationWishes.objects.filter(user=user).update(emails_sent=sent + 1, emails_sent_on=today)
    return True


def uncount_mail(user: User, day: date) -> None:
    """One that was counted on that day was not sent."""
    counted = NotificationWishes.objects.filter(user=user, emails_sent_on=day, emails_sent__gt=0)
    counted.update(emails_sent=F("emails_sent") - 1)
