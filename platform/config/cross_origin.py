"""Browser clients on other origins: those that are named may call the API with a key (CORS, Fetch standard §3.2).

No answer ever allows credentials, so that a cookie is of no use from there.
"""

from collections.abc import Callable
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers

API = "/api/"
METHODS = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"
#: What clients may send; the last two are added to requests by error trackers.
SENT = (
    "Accept, Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, Request-Id, X-API-Key, Baggage, "
    "Sentry-Trace"
)
#: What their scripts may read.
READ = (
    "Allow, Content-Disposition, ETag, Idempotent-Replayed, Link, RateLimit-Limit, RateLimit-Remaining, "
    "RateLimit-Reset, Request-Id, Retry-After, WWW-Authenticate"
)
#: How long a browser may keep the answer to its question.
KEPT_SECONDS = 600


def parse_origins(entries: list[str]) -> list[str]:
    """Raises ValueError for what is no origin, such as `*`, `null` or an address with a path."""
    for entry in entries:
        parts = urlsplit(entry)
        if parts.scheme not in ("http", "https") or not parts.hostname or entry != f"{parts.scheme}://{parts.netloc}":
            raise ValueError(f"{entry!r} is no origin, such as https://app.example.org")
        if "@" in parts.netloc or "*" in entry or entry != entry.lower() or not (parts.port or ":" not in parts.netloc):
            raise ValueError(f"{entry!r} is no origin, such as https://app.example.org")
    return entries


class CrossOrigin:
    """A middleware. It only adds headers: what may be done is for others to say."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path.startswith(API) or not settings.CORS_ALLOWED_ORIGINS:
            return self._get_response(request)
        asks_first = request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers
        answer = HttpResponse(status=204) if asks_first else self._get_response(request)
        patch_vary_headers(answer, ("Origin",))
        origin = request.headers.get("Origin")
        if origin in settings.CORS_ALLOWED_ORIGINS:
            answer["Access-Control-Allow-Origin"] = origin
            answer["Access-Control-Expose-Headers"] = READ
            if asks_first:
                _allow(answer)
        return answer


def _allow(answer: HttpResponse) -> None:
    answer["Access-Control-Allow-Methods"] = METHODS
    answer["Access-Control-Allow-Headers"] = SENT
    answer["Access-Control-Max-Age"] = str(KEPT_SECONDS)
