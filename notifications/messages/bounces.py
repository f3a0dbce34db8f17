"""What a mail service says of addresses that take no mail."""

import hmac
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.db import transaction

from accounts.models import NotificationWishes, User
from accounts.wishes import locked_wishes

#: As Postmark writes them; other bounces pass.
HARD = frozenset({"HardBounce", "BadEmailAddress", "ManuallyDeactivated", "SpamComplaint", "SpamNotification"})


def is_from_service(token: str) -> bool:
    known = settings.EMAIL_WEBHOOK_TOKEN
    return bool(known) and hmac.compare_digest(token.encode(), known.encode())


def is_final(report: Mapping[str, Any]) -> bool:
    """Whether the address takes no mail, or its owner calls it spam. Pure."""
    record = report.get("RecordType", "Bounce")
    return record == "SpamComplaint" or (record == "Bounce" and report.get("Type") in HARD)


@transaction.atomic
def note_bounce(report: Mapping[str, Any]) -> bool:
    """Send no more notifications there, until the user has another address. False if that changes nothing."""
    address = report.get("Email")
    if not is_final(report) or not isinstance(address, str):
        return False
    user = User.objects.filter(email__iexact=address.strip()).first()
    if user is None:
        return False
    wishes = locked_wishes(user)
    unknown = NotificationWishes.objects.filter(pk=wishes.pk).exclude(bounced_email=user.email)
    return bool(unknown.update(bounced_email=user.email))
