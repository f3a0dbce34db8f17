"""One message on its way out to one recipient: whether it may go now, and what it says."""

from dataclasses import dataclass
from datetime import UTC, datetime

from django.conf import settings
from django.db import transaction
from django.db.models import Max

from accounts.addresses import is_verified
from accounts.models import User
from accounts.wishes import NotificationChannel, NotificationType, quiet_hours, wanted_on, wishes_of
from executor.hosting.services import door
from notifications.channels.messages import Message
from notifications.channels.sending import send
from notifications.channels.targets import Target, Way
from notifications.kinds import Kind
from notifications.messages.chats import webhook_of
from notifications.messages.contents import contents_of
from notifications.messages.counting import count
from notifications.messages.judging import Circumstances, Later, Never, judge
from notifications.messages.rendering import Rendered, render, test_message
from notifications.messages.times import quiet_until
from notifications.messages.unsubscribing import one_click, unsubscribe_link
from notifications.models import Attempt, Channel, Delivery, DeliveryStatus, Notice
from reliability.secrets import Secret

DELETED = "What it tells of was deleted."
LIMIT = "The user's limit of mails a day is reached."


@dataclass(frozen=True, slots=True)
class Letter:
    """Ready to be sent."""

    target: Target
    message: Message

    async def send(self) -> int:
        """The status of the answer. Raises SendFailed."""
        return await send(self.target, self.message, door=door(), seconds=settings.ENDPOINT_TIMEOUT_SECONDS)


def letter_for(delivery: Delivery, *, now: datetime) -> Letter | None:
    """None if it is not to be sent now, which is then written down. Raises ContactMissing and SecretUnreadable."""
    verdict = _verdict(delivery, now)
    content = None if verdict else _content(delivery)
    if content is None:
        _hold(delivery, verdict or Never(DELETED))
        return None
    if _is_counted(delivery) and not count(delivery, now=now):
        _hold(delivery, Never(LIMIT))
        return None
    return Letter(_target(delivery), _message(delivery, content))


def _verdict(delivery: Delivery, now: datetime) -> Later | Never | None:
    """A test is sent whatever its user wants otherwise, but to nobody else."""
    if is_for_operators(delivery):
        return None
    given = _circumstances(delivery, now)
    if delivery.notice.kind == Kind.TEST:
        return Never(given.address_trouble) if given.address_trouble else None
    return judge(given, now=now)


def _is_counted(delivery: Delivery) -> bool:
    is_mail = delivery.channel == Channel.EMAIL and not is_for_operators(delivery)
    return is_mail and delivery.notice.kind != Kind.TEST


def is_for_operators(delivery: Delivery) -> bool:
    """Their address is not the user's to decide about."""
    is_refund = delivery.notice.kind in (NotificationType.REFUND_REQUEST, NotificationType.REFUND_PROCESSED)
    return is_refund and delivery.channel == Channel.EMAIL


def _circumstances(delivery: Delivery, now: datetime) -> Circumstances:
    user, channel = delivery.notice.user, NotificationChannel(delivery.channel)
    wishes = wishes_of(user)
    return Circumstances(
        is_active=user.is_active,
        is_wanted=wanted_on(wishes, channel).get(delivery.notice.kind, True),
        address_trouble=_address_trouble(user, wishes.bounced_email) if channel == Channel.EMAIL else "",
        quiet_until=quiet_until(user.timezone, quiet_hours(wishes), now),
    )


def _address_trouble(user: User, bounced: str) -> str:
    if bounced.lower() == user.email.lower():
        return "The address takes no mail."
    return "" if is_verified(user) else "The address is not confirmed."


def _content(delivery: Delivery) -> Rendered | None:
    """None if nothing is left of what it tells of."""
    notice = delivery.notice
    if notice.kind == Kind.TEST:
        return test_message(Channel(delivery.channel))
    notices = list(Notice.objects.filter(digest=notice).order_by("id")) or ([notice] if notice.data else [])
    contents = contents_of(notices)
    return render(NotificationType(notice.kind), contents) if contents else None


def _target(delivery: Delivery) -> Target:
    """A user's address is the one of today. Raises ContactMissing and SecretUnreadable."""
    user = delivery.notice.user
    if delivery.channel == Channel.EMAIL:
        return Target(Way.EMAIL, Secret(delivery.recipient if is_for_operators(delivery) else user.email))
    return Target(Way(delivery.channel.lower()), webhook_of(user, delivery.channel))


def _message(delivery: Delivery, content: Rendered) -> Message:
    """With a way to hear no more of it, if it goes by mail."""
    notice = delivery.notice
    link = unsubscribe_link(notice.user_id, notice.kind, delivery.channel) if _is_counted(delivery) else ""
    whole = content.with_link(link)
    return Message(
        id=delivery.message_id,
        title=whole.subject,
        text=whole.text,
        html=whole.html,
        happened_at=notice.happened_at,
        headers=one_click(link),
    )


@transaction.atomic
def _hold(delivery: Delivery, verdict: Later | Never) -> None:
    """It does not go out now."""
    mine = Delivery.objects.waiting().filter(id=delivery.id, fence=delivery.fence)
    if isinstance(verdict, Later):
        mine.update(next_at=verdict.at, claimed_until=None)
    elif mine.update(status=DeliveryStatus.GIVEN_UP, next_at=None, claimed_until=None):
        number = (delivery.attempts.aggregate(last=Max("number"))["last"] or 0) + 1
        Attempt.objects.create(
            delivery=delivery, number=number, started_at=datetime.now(UTC), milliseconds=0, error=verdict.why
        )
