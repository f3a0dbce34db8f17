"""Who opens a socket, by what, and whether that still counts. All of it asks the database."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.models import Session
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from accounts import keys
from accounts.models import ApiKey, User
from accounts.signing_in.staff import lacks_second_factor
from accounts.tickets import PREFIX, use_ticket
from api.scopes import Scope
from realtime.closing import BARRED, KEY_INVALID, SCOPE_MISSING, Closing

#: What an API key must be allowed to do.
NEEDED = Scope.READ_RUN


@dataclass(frozen=True, slots=True)
class Visitor:
    """A user, and the key or the session that they came with, directly or by a ticket."""

    user: User
    api_key_id: UUID | None = None
    session_key: str = ""


def visitor_for(proof: str) -> Visitor | Closing:
    """Whom an API key or a ticket lets in. A ticket is used up by it."""
    if proof.startswith(PREFIX):
        return _by_ticket(proof)
    key = keys.find(proof)
    if key is None:
        return KEY_INVALID
    return Visitor(key.user, api_key_id=key.id) if NEEDED in key.scopes else SCOPE_MISSING


def signed_in(session_key: str) -> Visitor | None:
    """Whom a session lets in, if it is signed in."""
    user = _sessions_in_force({session_key}, timezone.now()).get(session_key)
    return None if user is None else Visitor(user, session_key=session_key)


def staying(visitors: Collection[Visitor], *, now: datetime | None = None) -> set[Visitor]:
    """Those for whom what they came with still counts. Two queries, and one for each of staff at most."""
    now = now or timezone.now()
    keys_in_force = _keys_in_force({one.api_key_id for one in visitors if one.api_key_id}, now)
    sessions = _sessions_in_force({one.session_key for one in visitors if one.session_key}, now)
    return {
        one
        for one in visitors
        if (one.api_key_id in keys_in_force if one.api_key_id else sessions.get(one.session_key) == one.user)
    }


def _by_ticket(text: str) -> Visitor | Closing:
    ticket = use_ticket(text)
    if ticket is None:
        return KEY_INVALID
    visitor = Visitor(ticket.user, api_key_id=ticket.api_key_id, session_key=ticket.session_key)
    if not ticket.user.is_active:
        return BARRED
    return visitor if staying([visitor]) else KEY_INVALID


def _keys_in_force(ids: Collection[UUID], now: datetime) -> set[UUID]:
    found = ApiKey.objects.select_related("user").filter(pk__in=ids)
    return {key.pk for key in found if key.is_valid_at(now) and NEEDED in key.scopes}


def _sessions_in_force(session_keys: Collection[str], now: datetime) -> dict[str, User]:
    """Whose they are, by session key: those that are signed in with the password that is in force."""
    contents = {
        session.session_key: session.get_decoded()
        for session in Session.objects.filter(session_key__in=session_keys, expire_date__gt=now)
    }
    wanted = [content[SESSION_KEY] for content in contents.values() if SESSION_KEY in content]
    found = User.objects.filter(pk__in=wanted, is_active=True)
    users = {str(user.pk): user for user in found if not lacks_second_factor(user)}
    return {
        key: users[content[SESSION_KEY]]
        for key, content in contents.items()
        if content.get(SESSION_KEY) in users and _has_password_of(content, users[content[SESSION_KEY]])
    }


def _has_password_of(content: dict[str, str], user: User) -> bool:
    """The rule of `django.contrib.auth.get_user`."""
    digest = content.get(HASH_SESSION_KEY, "")
    in_force = [user.get_session_auth_hash(), *user.get_session_auth_fallback_hash()]
    return any(constant_time_compare(digest, one) for one in in_force)
