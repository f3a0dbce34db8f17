"""E-mail addresses of users: whether they are known to reach their owner, and how they change.

An address that an operator has entered is believed. One that somebody has signed up with counts once its link was
opened; until then a row of `EmailAddress` says so.
"""

import logging
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from allauth.account.models import EmailAddress
from django.core import signing
from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from accounts import mail
from accounts.errors import EmailInvalid, EmailTaken, LinkInvalid, MailUnavailable
from accounts.models import User
from accounts.tries import require_try, take

logger = logging.getLogger(__name__)

LINK_LASTS = timedelta(days=1)
SALT = "accounts.addresses"


@dataclass(frozen=True, slots=True)
class Change:
    """What a link stands for."""

    user_id: UUID
    old: str
    new: str


def is_verified(user: User) -> bool:
    return not EmailAddress.objects.filter(user_id=user.pk, email=user.email, verified=False).exists()


def ask_to_change(user: User, email: str, *, request: HttpRequest) -> str:
    """Send a link to the new address and a notice to the old one. Returns the new one as it will be.

    Whether the new address has an account already shows in the mail only. Raises EmailInvalid, TooManyTries and
    MailUnavailable.
    """
    new = email.strip().lower()
    if new == user.email:
        raise EmailInvalid("This is the account's address already.", fields={"email": "It is the address already."})
    require_try("change-address", request, user.email)
    if User.objects.filter(email__iexact=new).exists():
        mail.send("address_taken", new)
    else:
        token = signing.dumps([str(user.pk), user.email, new], salt=SALT)
        link = request.build_absolute_uri(reverse("account_change_email", args=[token]))
        mail.send("address_confirm", new, link=link, old=user.email)
    mail.send("address_asked", user.email, new=new)
    return new


def read_link(token: str, user: User) -> Change:
    """What the link says, if it is this user's and still good. Raises LinkInvalid."""
    try:
        content: Any = signing.loads(token, salt=SALT, max_age=LINK_LASTS)
    except signing.BadSignature as error:
        raise LinkInvalid from error
    change = Change(UUID(content[0]), content[1], content[2])
    if change.user_id != user.pk or change.old != user.email:
        raise LinkInvalid
    return change


def change_address(user: User, token: str) -> Change:
    """Let the new address count from now on; a link is good once. Raises LinkInvalid and EmailTaken."""
    change = read_link(token, user)
    if take(f"link {token}", now=timezone.now(), tries=1, within=LINK_LASTS) is None:
        raise LinkInvalid
    _store(change)
    try:
        mail.send("address_changed", change.old, new=change.new)
    except MailUnavailable:
        logger.warning("The notice of a new address was not sent", exc_info=True, extra={"action": "notice_lost"})
    return change


def _store(change: Change) -> None:
    try:
        with transaction.atomic():
            if not User.objects.filter(pk=change.user_id, email=change.old).update(email=change.new):
                raise LinkInvalid
            EmailAddress.objects.filter(user_id=change.user_id).delete()
    except IntegrityError as error:
        raise EmailTaken from error
