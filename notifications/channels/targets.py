"""Where messages go: `discord=https://…`, `slack=https://…`, `webhook=https://…` or `email=ops@example.org`.

Whoever has the address of a chat's webhook may write there, so addresses show nothing but their host.
"""

from base64 import b64decode
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.core.validators import validate_email

from reliability.secrets import Secret

SCHEMES = {"http": 80, "https": 443}
#: As the Standard Webhooks specification has it.
SECRET_BYTES = range(24, 65)


NONE = Secret("")


class Way(StrEnum):
    DISCORD = "discord"
    SLACK = "slack"
    WEBHOOK = "webhook"
    EMAIL = "email"


@dataclass(frozen=True, slots=True)
class Target:
    """address: a URL, or an e-mail address.  secret: what a webhook is signed with, `whsec_…`."""

    way: Way
    address: Secret
    secret: Secret = NONE

    @property
    def host(self) -> str:
        """What may be shown of it."""
        text = self.address.reveal()
        return text.rpartition("@")[2] if self.way == Way.EMAIL else urlsplit(text).hostname or ""

    @property
    def port(self) -> int:
        parts = urlsplit(self.address.reveal())
        return parts.port or SCHEMES.get(parts.scheme, 0)

    @property
    def mark(self) -> str:
        """Tells it from others, and says nothing of it."""
        return sha256(f"{self.way}={self.address.reveal()}".encode()).hexdigest()[:16]

    def __str__(self) -> str:
        return f"{self.way} at {self.host}"


def parse_targets(name: str, entries: Iterable[str], *, secret: str) -> tuple[Target, ...]:
    """What a setting of this name says. secret: for those of its targets that are webhooks.

    Raises ImproperlyConfigured, which names an entry by its place and repeats nothing of it.
    """
    found = []
    for place, entry in enumerate(filter(None, (entry.strip() for entry in entries)), start=1):
        try:
            found.append(_target(entry, secret))
        except (ValueError, ValidationError):
            ways = ", ".join(f"{way}=…" for way in Way)
            raise ImproperlyConfigured(f"Entry {place} of {name} cannot be read: it is one of {ways}.") from None
    if any(target.way == Way.WEBHOOK for target in found):
        _require_secret(secret)
    return tuple(found)


def _target(entry: str, secret: str) -> Target:
    """Raises ValueError and ValidationError."""
    kind, _, address = entry.partition("=")
    target = Target(Way(kind.strip()), Secret(address.strip()))
    if target.way == Way.EMAIL:
        validate_email(target.address.reveal())
    elif urlsplit(target.address.reveal()).scheme not in SCHEMES or not target.host or not target.port:
        raise ValueError("no address")
    return Target(target.way, target.address, Secret(secret)) if target.way == Way.WEBHOOK else target


def _require_secret(secret: str) -> None:
    try:
        size = len(b64decode(secret.removeprefix("whsec_"), validate=True))
    except ValueError:
        size = 0
    if size not in SECRET_BYTES:
        text = "ALERT_WEBHOOK_SECRET must be whsec_ and 24 to 64 random bytes in base64, for there is a webhook."
        raise ImproperlyConfigured(text)
