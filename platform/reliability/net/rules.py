"""What an installation allows outward."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from ipaddress import ip_network
from typing import Self
from urllib.parse import urlsplit

from reliability.net.addresses import Address, Network, is_public, unwrapped
from reliability.net.hosts import is_listed, plain

HTTP_PORTS = frozenset({80, 443, 8080, 8443})
PORTS = 65536
DEFAULT_PORTS = {"http": 80, "https": 443}
MAIL_PORTS = frozenset({465, 587, 143, 993})
MAX_BYTES = 10 * 1024 * 1024
MAX_SECONDS = 300.0

#: A host and a port that the operator has named as one.
Endpoint = tuple[str, int]


@dataclass(frozen=True, slots=True)
class PrivateHosts:
    """What may be reached although it is not public: names, and networks."""

    names: frozenset[str] = frozenset()
    networks: tuple[Network, ...] = ()

    @classmethod
    def of(cls, entries: Iterable[str]) -> Self:
        """entries: names (`nas.local`, `*.home.arpa`), addresses and networks (`192.168.1.0/24`).

        Raises ValueError for what looks like a network and is none.
        """
        names, networks = set(), []
        for entry in filter(None, (entry.strip() for entry in entries)):
            if _is_numeric(entry):
                networks.append(ip_network(entry.strip("[]"), strict=False))
            else:
                names.add(plain(entry))
        return cls(frozenset(names), tuple(networks))

    def hold(self, host: str, address: Address) -> bool:
        return is_listed(host, self.names) or any(unwrapped(address) in network for network in self.networks)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """Where requests may go, and how large and slow an answer may be.

    services: `{host: base address}`, where a service is asked in place of its own host.
    """

    private_hosts: PrivateHosts = field(default_factory=PrivateHosts)
    http_ports: frozenset[int] = HTTP_PORTS
    mail_ports: frozenset[int] = MAIL_PORTS
    max_bytes: int = MAX_BYTES
    #: The longest that one request may take, with all its redirects.
    max_seconds: float = MAX_SECONDS
    services: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Destinations:
    """What one kind of connection may be opened to. trusted: endpoints that need no further check."""

    private_hosts: PrivateHosts
    ports: frozenset[int]
    trusted: frozenset[Endpoint] = frozenset()

    def takes_port(self, host: str, port: int) -> bool:
        return port in self.ports or self.trusts(host, port)

    def trusts(self, host: str, port: int) -> bool:
        return (plain(host), port) in self.trusted

    def is_private(self, host: str, port: int, address: Address) -> bool:
        """Whether the operator lets it be reached wherever it is."""
        return self.trusts(host, port) or self.private_hosts.hold(host, address)

    def take(self, host: str, port: int, address: Address) -> bool:
        return self.is_private(host, port, address) or is_public(address)


def parse_services(entries: Iterable[str]) -> dict[str, str]:
    """`host=http://other:8123/path` each, as `{host: base address}`. Raises ValueError for one of another form."""
    services = {}
    for entry in filter(None, (entry.strip() for entry in entries)):
        host, _, base = entry.partition("=")
        parts = urlsplit(base)
        if not host or parts.scheme not in DEFAULT_PORTS or not parts.hostname or parts.query:
            raise ValueError(f"{entry!r} is not of the form api.example.org=https://other.example.org/path")
        services[plain(host)] = base.rstrip("/")
    return services


def parse_ports(entries: Iterable[str]) -> frozenset[int]:
    """Raises ValueError for what is no port."""
    numbers = [entry.strip() for entry in entries]
    if wrong := [entry for entry in numbers if not (entry.isdecimal() and 0 < int(entry) < PORTS)]:
        raise ValueError(f"{wrong[0]!r} is no number from 1 to {PORTS - 1}")
    return frozenset(int(entry) for entry in numbers)


def _is_numeric(entry: str) -> bool:
    return "/" in entry or ":" in entry or entry.replace(".", "").isdigit()
