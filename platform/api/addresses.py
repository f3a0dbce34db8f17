"""Where a request comes from, as far as that can be believed."""

from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

from django.conf import settings
from django.http import HttpRequest

UNKNOWN = "unknown"
#: Whoever has an IPv6 address has at least so many bits of them.
IPV6_PREFIX = 64


def client_address(request: HttpRequest) -> str:
    """The caller's address, that of its network for IPv6, or `unknown`, as on a unix socket.

    Each of the TRUSTED_PROXIES proxies adds the address that it sees at the end of `X-Forwarded-For`; what stands
    before those is the caller's own word.
    """
    seen = request.META.get("REMOTE_ADDR") or ""
    forwarded = [part for part in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if part.strip()]
    return reduced(believed(seen, forwarded, proxies=settings.TRUSTED_PROXIES))


def believed(seen: str, forwarded: list[str], *, proxies: int) -> str:
    """Fewer entries than proxies: somebody came past them, and is only who is seen."""
    return forwarded[-proxies] if 0 < proxies <= len(forwarded) else seen


def reduced(text: str) -> str:
    """One name for all addresses of one caller."""
    address = _parsed(text.strip())
    if isinstance(address, IPv6Address):
        return str(address.ipv4_mapped or IPv6Network((int(address), IPV6_PREFIX), strict=False).network_address)
    return str(address) if address else UNKNOWN


def _parsed(text: str) -> IPv4Address | IPv6Address | None:
    """Some proxies add the port: `192.0.2.1:4711`, `[2001:db8::1]:4711`."""
    bare = text[1:].partition("]")[0] if text.startswith("[") else text
    for candidate in (bare, bare.rpartition(":")[0]):
        try:
            return ip_address(candidate.partition("%")[0])
        except ValueError:
            continue
    return None
