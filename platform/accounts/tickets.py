"""Tickets: what a browser opens one socket with, where neither a header nor a cookie can say who it is."""

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.utils import timezone

from reliability.ids import uuid7

if TYPE_CHECKING:
    from accounts.models import ApiKey, User

LIFETIME = timedelta(seconds=60)
PREFIX = "slt_"
SECRET_BYTES = 32


class SocketTicket(models.Model):
    """A way in for one socket, for a minute. It reaches as far as what it was asked for with, and ends with that."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    #: What it was asked for with: an API key or a session.
    api_key = models.ForeignKey("accounts.ApiKey", on_delete=models.CASCADE, null=True, related_name="+")
    session_key = models.CharField(max_length=40, blank=True)
    #: SHA-256 of the ticket: 256 random bits need no slow hash.
    digest = models.CharField(max_length=64, unique=True)
    expires_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"Ticket of {self.user_id} until {self.expires_at}"


def issue_ticket(
    user: "User", *, api_key: "ApiKey | None" = None, session_key: str = "", now: datetime | None = None
) -> str:
    """Make a ticket. Returns its text, of which only a digest is kept. Those that have expired are deleted."""
    now = now or timezone.now()
    SocketTicket.objects.filter(expires_at__lte=now).delete()
    text = PREFIX + secrets.token_urlsafe(SECRET_BYTES)
    SocketTicket.objects.create(
        user=user, api_key=api_key, session_key=session_key, digest=_digest(text), expires_at=now + LIFETIME
    )
    return text


def use_ticket(text: str, *, now: datetime | None = None) -> SocketTicket | None:
    """The ticket with this text, with its user and key; None if it is unknown, has expired or was used before.

    It is used by deleting its row: of several that try at the same time, one deletes it.
    """
    tickets = SocketTicket.objects.select_related("user", "api_key__user")
    ticket = tickets.filter(digest=_digest(text), expires_at__gt=now or timezone.now()).first()
    if ticket is None or not SocketTicket.objects.filter(pk=ticket.pk).delete()[0]:
        return None
    return ticket


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()
