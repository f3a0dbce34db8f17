"""How often somebody may ask: each user, each address that does not say who it is, each address that guesses.

Limits are settings, for a minute; 0 is none. A request costs one question to Redis, and one more when its key is new to
this process: whether its address has guessed too often is asked before the key is looked up.
"""

import time
from collections import OrderedDict
from hashlib import sha256
from threading import Lock

from django.conf import settings
from django.http import HttpRequest
from rest_framework.exceptions import AuthenticationFailed, PermissionDenied
from rest_framework.request import Request

from api.addresses import client_address
from api.buckets import Allowance, look, take
from api.errors import TooManyRequests

USERS, ADDRESSES, GUESSES = "API_REQUESTS_PER_MINUTE", "API_ANONYMOUS_PER_MINUTE", "API_FAILED_SIGN_INS_PER_MINUTE"
#: Where the allowance of a request is, for the headers of its answer.
META = "ALLOWANCE"


class ProvenKeys:
    """Digests of keys that were good here a moment ago: others who guess at the same address do not shut them out."""

    SECONDS = 60.0
    MOST = 10_000

    def __init__(self) -> None:
        self._until: OrderedDict[bytes, float] = OrderedDict()
        self._lock = Lock()

    def has(self, digest: bytes, now: float) -> bool:
        return self._until.get(digest, 0.0) > now

    def note(self, digest: bytes, now: float) -> None:
        with self._lock:
            self._until[digest] = now + self.SECONDS
            self._until.move_to_end(digest)
            if len(self._until) > self.MOST:
                self._until.popitem(last=False)

    def forget(self, digest: bytes) -> None:
        with self._lock:
            self._until.pop(digest, None)


_proven = ProvenKeys()


def authenticate(request: Request) -> None:
    """Find out who asks, and count it. Raises AuthenticationFailed and TooManyRequests."""
    digest = _digest(request)
    if digest is None:
        count(request, *who_asks(request))
        return
    if not _proven.has(digest, time.monotonic()):
        require_no_guessing(request)
    try:
        who = who_asks(request)
    except AuthenticationFailed:
        _proven.forget(digest)
        count(request, GUESSES, client_address(request))
        raise
    if request.user.is_authenticated:
        _proven.note(digest, time.monotonic())
    count(request, *who)


def count(request: HttpRequest, setting: str, whom: str) -> None:
    """setting: the one with the limit.  whom: who it holds for. Raises TooManyRequests."""
    if limit := getattr(settings, setting):
        _require(request, setting, take(f"{setting}:{whom}", limit))


def require_no_guessing(request: HttpRequest, at: str = "") -> None:
    """at: what is guessed at, where failures count only there.

    Raises TooManyRequests if there were too many failures from the caller's address.
    """
    if limit := getattr(settings, GUESSES):
        _require(request, GUESSES, look(f"{GUESSES}:{client_address(request)}{at}", limit))


def note_guess(request: HttpRequest, at: str = "") -> None:
    """Count a failure, for who checks a signature or a password."""
    if limit := getattr(settings, GUESSES):
        request.META[META] = take(f"{GUESSES}:{client_address(request)}{at}", limit)


def who_asks(request: Request) -> tuple[str, str]:
    """Raises AuthenticationFailed, and PermissionDenied for a page without its CSRF token, which is counted here."""
    try:
        user = request.user
    except PermissionDenied:
        count(request, ADDRESSES, client_address(request))
        raise
    return (USERS, str(user.pk)) if user.is_authenticated else (ADDRESSES, client_address(request))


def headers(request: HttpRequest) -> dict[str, str]:
    """Of the answer: what is left of the limit that counted."""
    allowance: Allowance | None = request.META.get(META)
    if allowance is None:
        return {}
    return {
        "RateLimit-Limit": str(allowance.limit),
        "RateLimit-Remaining": str(allowance.remaining),
        "RateLimit-Reset": str(allowance.reset),
    }


def _require(request: HttpRequest, setting: str, allowance: Allowance) -> None:
    request.META[META] = allowance
    if not allowance.is_free:
        message = f"At most {allowance.limit} requests a minute are answered ({setting})."
        raise TooManyRequests(message, limit=setting, maximum=allowance.limit, retry_after=max(allowance.reset, 1))


def _digest(request: Request) -> bytes | None:
    """Of the key that the request came with, empty or not; None if it came with none."""
    given = [request.META.get(name) for name in ("HTTP_AUTHORIZATION", "HTTP_X_API_KEY")]
    if given == [None, None]:
        return None
    return sha256("\n".join(part or "" for part in given).encode("utf-8", "surrogateescape")).digest()
