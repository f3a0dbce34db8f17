"""Services that the operator has put elsewhere: a server of one's own, or a stand-in for tests."""

from collections.abc import Mapping
from dataclasses import dataclass

import httpx2

from reliability.net.hosts import plain
from reliability.net.rules import DEFAULT_PORTS, Endpoint


@dataclass(frozen=True, slots=True)
class Services:
    """`{host: base address}`."""

    bases: Mapping[str, str]

    def endpoints(self) -> frozenset[Endpoint]:
        return frozenset(endpoint(httpx2.URL(base)) for base in self.bases.values())

    def moved(self, url: httpx2.URL) -> httpx2.URL | None:
        """Where the request for this address really goes, if that is elsewhere."""
        base = self.bases.get(plain(url.host))
        if base is None:
            return None
        path = url.raw_path.decode("ascii")
        return httpx2.URL(base + path)

    def origin(self, host: str) -> Endpoint | None:
        """The endpoint that stands in for a host, for connections of other protocols than HTTP."""
        base = self.bases.get(plain(host))
        return None if base is None else endpoint(httpx2.URL(base))


def endpoint(url: httpx2.URL) -> Endpoint:
    """The host and the port that a connection for this address is opened to."""
    return plain(url.host), url.port or DEFAULT_PORTS.get(url.scheme, 0)
