"""API keys: `slk_<head>_<secret>`. The head finds the row; of the secret only a digest is kept.

What ends them is in key_status.py.
"""

import hashlib
import hmac
import re
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from accounts.errors import DailyLimitInvalid, ExpiryInvalid, KeyMayNotMakeKeys, KeyNameInvalid, TooManyKeys
from accounts.figures import note_attempt
from accounts.key_scopes import hold_keys, require_reach
from accounts.models import ApiKey, User
from api.scopes import Scope

NAME_MAX_LENGTH = 80
DESCRIPTION_MAX_LENGTH = 300
#: Credits.
DAILY_LIMIT_MAX = 2**53
HEAD_BYTES = 6
SECRET_BYTES = 32
TAIL_CHARACTERS = 4
#: `last_used_at` is written at most this often, so that reading stays reading.
USE_NOTED_EVERY = timedelta(minutes=1)

_PLAIN = re.compile(r"slk_([0-9a-f]{12})_([A-Za-z0-9_-]{43})", re.ASCII)
#: Compared with when there is no such key, so that both cases take the same time.
_NO_DIGEST = "0" * 64


@transaction.atomic
def issue(
    user: User,
    *,
    name: str,
    description: str = "",
    scopes: Iterable[Scope] = tuple(Scope),
    expires_at: datetime | None = None,
    daily_limit: int | None = None,
    made_by: ApiKey | None = None,
) -> tuple[ApiKey, str]:
    """Make a key. Returns it with its plain text, which is shown once and never again.

    scopes: what it may do; all unless said otherwise.
    daily_limit: credits that executions started with it may cost on one day (UTC).
    made_by: the key that asks for it, which can hand on no more than it has.
    Raises KeyNameInvalid, DailyLimitInvalid, ExpiryInvalid, TooManyKeys, KeyMayNotMakeKeys and ScopeMissing.
    """
    if not 1 <= len(name.strip()) <= NAME_MAX_LENGTH or "\x00" in name:
        raise KeyNameInvalid
    _check_daily_limit(daily_limit)
    hold_keys(user.pk)
    _require_room(user)
    wanted = sorted({str(scope) for scope in scopes})
    if made_by is not None:
        expires_at = _require_maker(made_by, wanted, expires_at)
    head, secret = secrets.token_hex(HEAD_BYTES), secrets.token_urlsafe(SECRET_BYTES)
    key = ApiKey.objects.create(
        user=user,
        name=name.strip(),
        description=description.strip(),
        scopes=wanted,
        made_by=made_by,
        head=head,
        digest=_digest(secret),
        tail=secret[-TAIL_CHARACTERS:],
        expires_at=expires_at,
        daily_limit=daily_limit,
    )
    return key, f"slk_{head}_{secret}"


def set_daily_limit(key: ApiKey, daily_limit: int | None) -> None:
    """Limit what executions started with a key may cost on one day (UTC): credits, None for no limit.

    Raises DailyLimitInvalid.
    """
    _check_daily_limit(daily_limit)
    ApiKey.objects.filter(pk=key.pk).update(daily_limit=daily_limit)


def find(plain: str, *, now: datetime | None = None) -> ApiKey | None:
    """The key with this plain text, if it may be used now, with its user. Notes the use."""
    now = now or timezone.now()
    key = _valid(plain, now)
    note_attempt("key", "wrong" if key is None else "right")
    if key is not None:
        _note_use(key, now)
    return key


def _valid(plain: str, now: datetime) -> ApiKey | None:
    match = _PLAIN.fullmatch(plain)
    if match is None:
        return None
    head, secret = match.groups()
    key = ApiKey.objects.select_related("user").filter(head=head).first()
    is_right = hmac.compare_digest(_digest(secret), key.digest if key else _NO_DIGEST)
    return key if key is not None and is_right and key.is_valid_at(now) else None


def user_for_key(plain: str, *, now: datetime | None = None) -> User | None:
    """Whom this key lets in."""
    key = find(plain, now=now)
    return key.user if key else None


def _check_daily_limit(daily_limit: int | None) -> None:
    if daily_limit is not None and not 0 <= daily_limit <= DAILY_LIMIT_MAX:
        raise DailyLimitInvalid


def _require_room(user: User) -> None:
    if ApiKey.objects.for_user(user).unrevoked().count() >= settings.API_KEYS_PER_USER_MAX:
        raise TooManyKeys


def _require_maker(maker: ApiKey, wanted: Iterable[str], expires_at: datetime | None) -> datetime | None:
    """The new key's expiry."""
    maker = require_reach(maker, wanted)
    if maker.daily_limit is not None:
        raise KeyMayNotMakeKeys
    if maker.expires_at is None or expires_at is None:
        return expires_at or maker.expires_at
    if expires_at > maker.expires_at:
        raise ExpiryInvalid
    return expires_at


def _note_use(key: ApiKey, now: datetime) -> None:
    due = now - USE_NOTED_EVERY
    if key.last_used_at is None or key.last_used_at <= due:
        unnoted = Q(last_used_at=None) | Q(last_used_at__lte=due)
        ApiKey.objects.filter(unnoted, pk=key.pk).update(last_used_at=now)


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
