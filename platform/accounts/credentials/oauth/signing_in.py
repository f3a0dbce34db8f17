"""Signing in at a provider: the address to go to, and what to do with what comes back."""

import base64
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from accounts.credentials.contents import Contents
from accounts.credentials.errors import StateInvalid
from accounts.credentials.keyring import ring
from accounts.credentials.models import TITLE_CHARACTERS, USERNAME_CHARACTERS, OAuthState, StoredCredential
from accounts.credentials.oauth.providers import OAuthProvider, client_at
from accounts.credentials.oauth.tokens import Tokens
from accounts.credentials.storing import make_credential
from accounts.credentials.types import CredentialType
from reliability.secrets import Secret

if TYPE_CHECKING:
    from accounts.models import User

STATE_LASTS = timedelta(minutes=10)
_STATE_BYTES = 32
_VERIFIER_BYTES = 64


@dataclass(frozen=True, slots=True)
class Begun:
    """url: where the browser goes.  token: comes back with it."""

    url: str
    token: str


@dataclass(frozen=True, slots=True)
class Returned:
    """A sign-in that has come back, and cannot come back again."""

    provider: str
    verifier: Secret
    callback_url: str
    scopes: frozenset[str]


def begin(user: "User", provider: OAuthProvider, *, scopes: Iterable[str], callback_url: str) -> Begun:
    """Raises ProviderNotSetUp."""
    client, now = client_at(provider), datetime.now(UTC)
    token, verifier = secrets.token_urlsafe(_STATE_BYTES), secrets.token_urlsafe(_VERIFIER_BYTES)
    wanted = sorted(provider.scopes | set(scopes))
    state = OAuthState(
        user=user,
        provider=provider.name,
        digest=_digest(token),
        scopes=wanted,
        callback_url=callback_url,
        expires_at=now + STATE_LASTS,
    )
    state.sealed = ring().seal(verifier, owner=_owner(state))
    OAuthState.objects.filter(expires_at__lte=now).delete()
    state.save(force_insert=True)
    query = {
        "response_type": "code",
        "client_id": client.id,
        "redirect_uri": callback_url,
        "scope": " ".join(wanted),
        "state": token,
        "code_challenge": _challenge(verifier),
        "code_challenge_method": "S256",
        **provider.parameters,
    }
    return Begun(f"{provider.authorize_url}?{urlencode(query)}", token)


def take_back(user: "User", token: str, *, provider: str = "") -> Returned:
    """Use the state up. provider: if it must be of this one.

    Raises StateInvalid for one that is unknown, used, expired, or of another user or provider.
    """
    state = OAuthState.objects.filter(user=user, digest=_digest(token)).first()
    if state is None or provider not in ("", state.provider):
        raise StateInvalid
    is_first = bool(OAuthState.objects.filter(id=state.id).delete()[0])
    if not is_first or state.expires_at <= datetime.now(UTC):
        raise StateInvalid
    verifier = ring().open(state.sealed, owner=_owner(state))
    return Returned(state.provider, verifier, state.callback_url, frozenset(state.scopes))


def keep(
    user: "User", provider: OAuthProvider, tokens: Tokens, *, asked: frozenset[str], account: str = ""
) -> StoredCredential:
    """Store what the provider has given. A provider that names no scopes has granted those that were asked for.

    account: whose it is at the provider; empty if that is not known.
    """
    return make_credential(
        user,
        provider=provider.name,
        type=CredentialType.OAUTH2,
        contents=Contents(secret=tokens.access, refresh=tokens.refresh),
        title=account[:TITLE_CHARACTERS] or provider.name,
        username=account[:USERNAME_CHARACTERS],
        scopes=asked if tokens.scopes is None else tokens.scopes,
        expires_at=tokens.expires_at,
    )


def _owner(state: OAuthState) -> str:
    return f"oauth-state:{state.id}"


def _digest(token: str) -> str:
    return sha256(token.encode()).hexdigest()


def _challenge(verifier: str) -> str:
    """RFC 7636, section 4.2."""
    return base64.urlsafe_b64encode(sha256(verifier.encode()).digest()).decode().rstrip("=")
