"""Whether callers seem to come through a proxy of which Sluice has not been told."""

from collections.abc import Iterable, Sequence
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Warning
from django.http.request import split_domain_port, validate_host

HINT = (
    "Set TRUSTED_PROXIES to the number of proxies between callers and Sluice: until then all callers share one "
    "address, and with it the limits for tries and requests. See docs/operations.md."
)


def check_proxies(**options: Any) -> list[CheckMessage]:
    """Sluice speaks no TLS itself: what is reached by https is reached through a proxy."""
    addresses = secure_addresses([settings.PUBLIC_URL, *settings.CSRF_TRUSTED_ORIGINS], hosts=settings.ALLOWED_HOSTS)
    if settings.TRUSTED_PROXIES or not addresses:
        return []
    sentence = f"{addresses[0]} is reached through a proxy, and TRUSTED_PROXIES is 0."
    return [Warning(sentence, hint=HINT, id="config.W030")]


def secure_addresses(candidates: Iterable[str], *, hosts: Sequence[str]) -> list[str]:
    """Those that begin with https and name one of our own hosts: trusted origins may be of other sites, too."""
    return [address for address in candidates if _is_secure(address, hosts)]


def _is_secure(address: str, hosts: Sequence[str]) -> bool:
    """An origin may be `https://*.example.org`, a host `.example.org` or `*`. What cannot be read names none."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    host, _ = split_domain_port(parts.netloc.removeprefix("*"))
    return parts.scheme == "https" and bool(host) and validate_host(host, [*hosts])
