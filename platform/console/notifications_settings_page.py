"""What the notification settings show."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone

from accounts.addresses import is_verified
from accounts.mail_counts import sent_today
from accounts.models import NotificationWishes, User
from accounts.timezones import local_day
from accounts.wishes import NotificationChannel, wishes_of
from console.notifications_forms import ChatForm, WishesForm, words_of
from notifications.kinds import Kind
from notifications.messages.contacts import CHATS, Contact
from notifications.messages.placing import open_channels
from notifications.models import Delivery, DeliveryStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """One way out. recipient: empty if there is none.  trouble: why nothing goes there.  test: what became of the last.
    form: for the address of a chat."""

    channel: str
    words: str
    recipient: str
    trouble: str
    test: str
    form: ChatForm | None


def settings_page(
    user: User,
    *,
    wishes_form: WishesForm | None = None,
    chat_forms: Mapping[NotificationChannel, ChatForm] | None = None,
) -> dict[str, Any]:
    """wishes_form, chat_forms: what was sent and refused."""
    wishes = wishes_of(user)
    return {
        "form": wishes_form or WishesForm.showing(wishes, open_channels(user)),
        "ways": _ways(user, wishes, chat_forms or {}),
        "sent_today": sent_today(wishes, local_day(user.timezone, timezone.now())),
        "zone": user.timezone,
    }


def _ways(user: User, wishes: NotificationWishes, forms: Mapping[NotificationChannel, ChatForm]) -> list[Way]:
    contacts = {contact.channel: contact for contact in Contact.objects.filter(user=user)}
    hosts = {channel: contact.host for channel, contact in contacts.items()}
    shown = {NotificationChannel.EMAIL.value: user.email, **hosts}
    stored = {NotificationChannel.EMAIL.value: user.email, **{name: str(one.id) for name, one in contacts.items()}}
    return [
        Way(
            channel=channel.value.lower(),
            words=words_of(channel),
            recipient=shown.get(channel.value, ""),
            trouble=_mail_trouble(user, wishes) if channel is NotificationChannel.EMAIL else "",
            test=_last_test(user, channel, stored[channel.value]) if channel in stored else "",
            form=forms.get(channel) or ChatForm(auto_id=f"id_{channel.lower()}_%s") if channel in CHATS else None,
        )
        for channel in NotificationChannel
    ]


def _mail_trouble(user: User, wishes: NotificationWishes) -> str:
    if wishes.bounced_email.lower() == user.email.lower():
        return "Mails to this address came back, so none are sent any more. Change the address to get mails again."
    return "" if is_verified(user) else "The address is not confirmed, so nothing is sent there."


def _last_test(user: User, channel: NotificationChannel, recipient: str) -> str:
    """recipient: as deliveries have it. Tests of a former address say nothing of this one."""
    tests = Delivery.objects.filter(notice__user=user, notice__kind=Kind.TEST, channel=channel, recipient=recipient)
    newest = tests.order_by("-created_at").prefetch_related("attempts").first()
    return _words_of_test(newest) if newest else ""


def _words_of_test(test: Delivery) -> str:
    if test.delivered_at is not None:
        return f"The last test arrived {_moment(test.delivered_at)}."
    errors = [attempt.error for attempt in test.attempts.all()]
    reason = f" {errors[-1]}" if errors else ""
    if test.status == DeliveryStatus.WAITING:
        return f"A test is on its way.{reason}"
    return f"The last test did not arrive.{reason}"


def _moment(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"
