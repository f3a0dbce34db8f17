"""Renewing access tokens before they end: by one process at a time, and never with a token that is used up.

Many providers take a refresh token once only. So whoever renews first takes the row's lease, by an UPDATE that names
what was read; whoever comes second finds the row changed, and reads it again. No transaction is open meanwhile: on
SQLite it would stop all others.
"""

from datetime import datetime, timedelta

from accounts.credentials.contents import Contents, opened, sealed
from accounts.credentials.models import CredentialQuerySet, StoredCredential
from accounts.credentials.oauth.tokens import Tokens
from accounts.credentials.types import CredentialType

#: An access token is renewed when it lasts no longer than this.
RENEWED_BEFORE = timedelta(minutes=5)
#: Longer than a request to a provider may take.
LEASE = timedelta(seconds=60)


def is_due(credential: StoredCredential, now: datetime) -> bool:
    """Whether its access token ends soon. Pure."""
    if credential.type != CredentialType.OAUTH2 or credential.expires_at is None:
        return False
    return credential.expires_at <= now + RENEWED_BEFORE


def take_lease(credential: StoredCredential, now: datetime) -> bool:
    """Whether it is ours to renew: nobody else does, and it is as it was read."""
    if credential.renewing_until is not None and credential.renewing_until > now:
        return False
    unchanged = StoredCredential.objects.filter(
        id=credential.id, sealed=credential.sealed, renewing_until=credential.renewing_until, refused_at=None
    )
    until = now + LEASE
    if not unchanged.update(renewing_until=until):
        return False
    credential.renewing_until = until
    return True


def store_tokens(credential: StoredCredential, tokens: Tokens) -> bool:
    """Keep what the provider has given, and let the lease go. False if the lease was lost meanwhile."""
    kept = tokens.refresh or opened(credential).refresh
    text = sealed(credential, Contents(secret=tokens.access, refresh=kept))
    changed: dict[str, object] = {"sealed": text, "expires_at": tokens.expires_at, "renewing_until": None}
    if tokens.scopes is not None:
        changed["scopes"] = sorted(tokens.scopes)
    return bool(_leased(credential).update(**changed))


def give_up_lease(credential: StoredCredential, *, refused_at: datetime | None = None) -> None:
    """It was not renewed. refused_at: when the provider said that it never will be again."""
    refused = {} if refused_at is None else {"refused_at": refused_at}
    _leased(credential).update(renewing_until=None, **refused)


def _leased(credential: StoredCredential) -> CredentialQuerySet:
    return StoredCredential.objects.filter(id=credential.id, renewing_until=credential.renewing_until)
