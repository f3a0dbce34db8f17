"""What is sent to a provider's token address, and what it answers. Pure."""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from accounts.credentials.errors import ProviderRefused
from accounts.credentials.oauth.providers import Client, OAuthProvider
from reliability.errors import Unavailable
from reliability.secrets import Secret

#: Characters of a provider's own words in an error.
SHOWN = 300
#: Errors that trying again does not heal (RFC 6749, section 5.2).
FINAL = frozenset({"invalid_grant", "bad_refresh_token", "unauthorized_client"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """What a provider has given.

    refresh: empty if the old one still holds, or there is none.
    scopes: those that were granted; None if the provider does not say, for they are then those that were asked for.
    """

    access: Secret
    refresh: Secret
    expires_at: datetime | None
    scopes: frozenset[str] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One POST of a form. Both its headers and its form hold secrets, so that neither is ever shown."""

    url: str
    headers: Mapping[str, str] = field(repr=False)
    form: Mapping[str, str] = field(repr=False)


def for_code(provider: OAuthProvider, client: Client, *, code: str, verifier: Secret, callback_url: str) -> Question:
    """Exchange what the browser has brought back."""
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": callback_url,
        "code_verifier": verifier.reveal(),
    }
    return _question(provider.exchange_url, provider, client, form)


def for_renewal(provider: OAuthProvider, client: Client, refresh: Secret) -> Question:
    return _question(
        provider.exchange_url, provider, client, {"grant_type": "refresh_token", "refresh_token": refresh.reveal()}
    )


def for_revocation(provider: OAuthProvider, client: Client, token: Secret) -> Question:
    return _question(provider.revoke_url, provider, client, {"token": token.reveal()})


def read_tokens(provider: OAuthProvider, status: int, body: bytes, *, now: datetime) -> Tokens:
    """Raises ProviderRefused, whose `data["error"]` is the provider's word for it, and Unavailable."""
    answer = _object(body)
    if status >= 500 or status == 429:
        raise Unavailable(f"{provider.name} has trouble at the moment (status {status}).")
    access = answer.get("access_token")
    if status >= 400 or "error" in answer or not isinstance(access, str) or not access:
        raise _refused(provider, status, answer)
    return Tokens(
        access=Secret(access),
        refresh=Secret(str(answer.get("refresh_token") or "")),
        expires_at=_end(answer.get("expires_in"), now),
        scopes=None if provider.unscoped and access.startswith(provider.unscoped) else _scopes(answer.get("scope")),
    )


def read_account(provider: OAuthProvider, status: int, body: bytes) -> str:
    """Whose account it is, in one line; empty if the answer does not tell."""
    answer = _object(body) if 200 <= status < 300 else {}
    found = (answer.get(name) for name in provider.account_names)
    account = next((name for name in found if isinstance(name, str) and name), "")
    return " ".join("".join(letter if letter.isprintable() else " " for letter in account).split())


def is_final(error: ProviderRefused) -> bool:
    return error.data.get("error") in FINAL


def _question(url: str, provider: OAuthProvider, client: Client, form: dict[str, str]) -> Question:
    headers = {"Accept": "application/json"}
    if provider.basic_auth:
        pair = base64.b64encode(f"{client.id}:{client.secret.reveal()}".encode()).decode()
        return Question(url=url, headers=headers | {"Authorization": f"Basic {pair}"}, form=form)
    return Question(
        url=url, headers=headers, form=form | {"client_id": client.id, "client_secret": client.secret.reveal()}
    )


def _object(body: bytes) -> dict[str, Any]:
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return answer if isinstance(answer, dict) else {}


def _refused(provider: OAuthProvider, status: int, answer: Mapping[str, Any]) -> ProviderRefused:
    word = str(answer.get("error") or "no reason given")[:SHOWN]
    more = str(answer.get("error_description") or "")[:SHOWN]
    message = f"{provider.name} refused (status {status}): {word}. {more}".strip()
    return ProviderRefused(message, error=word)


def _end(seconds: Any, now: datetime) -> datetime | None:
    """None for a token that does not end."""
    if isinstance(seconds, str) and seconds.isdecimal():
        seconds = int(seconds)
    usable = isinstance(seconds, int | float) and not isinstance(seconds, bool) and 0 < seconds < 10**9
    return now + timedelta(seconds=seconds) if usable else None


def _scopes(value: Any) -> frozenset[str] | None:
    """Some providers separate them with commas. An empty text means none at all (RFC 6749, section 5.1)."""
    return frozenset(value.replace(",", " ").split()) if isinstance(value, str) else None
