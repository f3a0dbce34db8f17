"""Which pages may open a socket with their user's session. The rules are those of Django's forms."""

from urllib.parse import urlsplit

from django.conf import settings
from django.http.request import split_domain_port, validate_host
from django.utils.http import is_same_domain

SCHEMES = ("http", "https")


def is_trusted(origin: str | None, *, host: str | None) -> bool:
    """A page of this very site, whose host is allowed, or of an origin in CSRF_TRUSTED_ORIGINS.

    Behind a proxy the scheme is not known here, so it is not compared; a port is.
    """
    if origin is None:
        return False
    try:
        parts = urlsplit(origin)
    except ValueError:
        return False
    if parts.scheme not in SCHEMES or not parts.netloc:
        return False
    return _is_own(parts.netloc, host) or any(
        _matches(parts.scheme, parts.netloc, trusted) for trusted in settings.CSRF_TRUSTED_ORIGINS
    )


def _is_own(netloc: str, host: str | None) -> bool:
    domain, _ = split_domain_port(netloc)
    return host is not None and netloc.lower() == host.lower() and validate_host(domain, settings.ALLOWED_HOSTS)


def _matches(scheme: str, netloc: str, trusted: str) -> bool:
    """trusted: an origin; its host may begin with `*.`, for any sub-domain."""
    wanted = urlsplit(trusted)
    return scheme == wanted.scheme and is_same_domain(netloc.lower(), wanted.netloc.lower().removeprefix("*"))
