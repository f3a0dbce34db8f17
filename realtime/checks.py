"""What Django checks before it starts: whether the settings say which pages may open sockets."""

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register

from realtime.origin import SCHEMES


def add_checks() -> None:
    register(check_origins, Tags.security)


def check_origins(**options: Any) -> list[CheckMessage]:
    """A page may open a socket with its user's session if its host is allowed: nothing may stand for all hosts."""
    found: list[CheckMessage] = []
    if "*" in settings.ALLOWED_HOSTS and not settings.DEBUG:
        hint = "Name the hosts under which Sluice is reached, e.g. ALLOWED_HOSTS=sluice.example.org."
        found.append(
            Error("ALLOWED_HOSTS allows every host, and so every page to open sockets.", hint=hint, id="realtime.E001")
        )
    for origin in settings.CSRF_TRUSTED_ORIGINS:
        if not _is_origin(origin):
            hint = "It needs a scheme, a host and nothing more, e.g. https://sluice.example.org."
            found.append(Error(f"CSRF_TRUSTED_ORIGINS: {origin!r} is no origin.", hint=hint, id="realtime.E002"))
    return found


def _is_origin(text: str) -> bool:
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    host = parts.netloc.removeprefix("*.")
    return parts.scheme in SCHEMES and bool(host) and "*" not in host and "@" not in host and not parts.path.strip("/")
