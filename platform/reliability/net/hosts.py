"""Names of hosts, and lists of them."""

from collections.abc import Iterable


def plain(host: str) -> str:
    """The name as it is compared: in lower case, without brackets and the dot at its end."""
    return host.strip("[]").rstrip(".").lower()


def is_listed(host: str, names: Iterable[str]) -> bool:
    """Whether one of the names is the host's own, or `*.` and a name above it."""
    host = plain(host)
    return any(_covers(plain(name), host) for name in names)


def _covers(name: str, host: str) -> bool:
    return host.endswith(name[1:]) if name.startswith("*.") else host == name
