"""What is secret about a credential, sealed as one text."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from accounts.credentials.keyring import ring
from accounts.credentials.models import StoredCredential
from reliability.secrets import Secret

NOTHING = Secret("")


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """secret: an API key, an access token or a password.  refresh: renews an access token.  headers: for a host."""

    secret: Secret = NOTHING
    refresh: Secret = NOTHING
    headers: Mapping[str, Secret] = field(default_factory=dict)


def sealed(credential: StoredCredential, contents: Contents) -> str:
    """The contents, as only this credential's row may hold them."""
    text = {
        "secret": contents.secret.reveal(),
        "refresh": contents.refresh.reveal(),
        "headers": {name: value.reveal() for name, value in contents.headers.items()},
    }
    return ring().seal(json.dumps(text), owner=owner_of(credential))


def opened(credential: StoredCredential) -> Contents:
    """Raises SecretUnreadable."""
    text = json.loads(ring().open(credential.sealed, owner=owner_of(credential)).reveal())
    return Contents(
        secret=Secret(text["secret"]),
        refresh=Secret(text["refresh"]),
        headers={name: Secret(value) for name, value in text["headers"].items()},
    )


def owner_of(credential: StoredCredential) -> str:
    return f"credential:{credential.id}"
