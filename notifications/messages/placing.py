"""Deciding about one notice: its user's list, and the ways out that it takes."""

from datetime import datetime

from django.conf import settings
from django.db.models.functions import Now

from accounts.models import User
from accounts.wishes import NotificationChannel, NotificationType, quiet_hours, wanted, wanted_on, wishes_of
from notifications.events import NoticeListed, publish
from notifications.messages.contacts import Contact
from notifications.messages.planning import Plan, Wishes, plan
from notifications.messages.strategies import STRATEGIES, Strategy
from notifications.models import Channel, Delivery, Notice


def place(notice: Notice, *, now: datetime) -> None:
    """Do with a notice what its user wants, in the open transaction, which holds it.

    One that nobody wants is forgotten.
    """
    type, user = NotificationType(notice.kind), notice.user
    decided = plan(type, wishes_about(user, type), now=now)
    deliveries = deliveries_of(notice, decided.channels, user, due_at=decided.due_at or now)
    if STRATEGIES[type] is Strategy.ADMIN and settings.REFUND_EMAIL:
        deliveries.append(_mail(notice, settings.REFUND_EMAIL, now))
    if not decided.is_listed and not deliveries:
        notice.delete()
        return
    Delivery.objects.bulk_create(deliveries)
    _store(notice, decided)


def wishes_about(user: User, type: NotificationType) -> Wishes:
    wishes = wishes_of(user)
    return Wishes(
        is_wanted=wanted(wishes)[type],
        channels=[channel for channel in open_channels(user) if wanted_on(wishes, channel)[type]],
        zone=user.timezone,
        quiet=quiet_hours(wishes),
    )


def open_channels(user: User) -> list[NotificationChannel]:
    """The user's address, and the chats that there is a webhook for."""
    chats = Contact.objects.filter(user=user).order_by("channel").values_list("channel", flat=True)
    return [NotificationChannel.EMAIL, *map(NotificationChannel, chats)]


def deliveries_of(
    notice: Notice, channels: tuple[NotificationChannel, ...], user: User, *, due_at: datetime
) -> list[Delivery]:
    """Not yet stored."""
    contacts = {row.channel: str(row.id) for row in Contact.objects.filter(user=user)} if channels else {}
    recipients = {Channel.EMAIL.value: user.email, **contacts}
    return [
        Delivery(notice=notice, channel=channel.value, recipient=recipients[channel.value], next_at=due_at)
        for channel in channels
        if channel.value in recipients
    ]


def _mail(notice: Notice, address: str, due_at: datetime) -> Delivery:
    return Delivery(notice=notice, channel=Channel.EMAIL, recipient=address, next_at=due_at)


def _store(notice: Notice, decided: Plan) -> None:
    Notice.objects.filter(pk=notice.pk).update(
        spread_at=Now(), is_listed=decided.is_listed, gathers_until=decided.gathers_until
    )
    if decided.is_listed:
        publish(NoticeListed(user_id=str(notice.user_id), notice_id=notice.pk, type=notice.kind))
