"""Who opens a socket: an API key in one of three places, or the session of a signed-in page."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

from channels.db import database_sync_to_async

from accounts.keys import user_for_key
from accounts.models import User
from realtime.origin import is_trusted
from realtime.protocol import TOKEN_INVALID, TOKEN_MISSING

Scope = Mapping[str, Any]

_KEY_PROTOCOL = "token."


@dataclass(frozen=True, slots=True)
class Refused:
    """Why a socket is closed. reason: at most 123 bytes."""

    code: int
    reason: str


async def authenticate(scope: Scope) -> User | Refused:
    """The user behind a handshake. A key goes before a session; a key that is no good is not made up for by one."""
    key = api_key(scope)
    if key is not None:
        user = await database_sync_to_async(user_for_key)(key)
        return user or Refused(TOKEN_INVALID, "The API key is unknown, expired or revoked.")
    session_user: User = scope["user"]
    if not session_user.is_authenticated:
        return Refused(TOKEN_MISSING, "Sign in, or send an API key.")
    if not is_trusted(header(scope, b"origin"), host=header(scope, b"host")):
        return Refused(TOKEN_INVALID, "This origin may not open a socket with a session.")
    return session_user


def api_key(scope: Scope) -> str | None:
    """`Authorization: Bearer …`, the sub-protocol `token.…`, or `?token=…`."""
    scheme, _, rest = (header(scope, b"authorization") or "").partition(" ")
    if scheme.lower() == "bearer":
        return rest.strip()
    for protocol in scope.get("subprotocols", ()):
        if protocol.startswith(_KEY_PROTOCOL):
            return str(protocol.removeprefix(_KEY_PROTOCOL))
    query = parse_qs(scope.get("query_string", b"").decode("latin-1"))
    return next(iter(query.get("token", ())), None)


def header(scope: Scope, name: bytes) -> str | None:
    """A request header; name: lower case."""
    return next((value.decode("latin-1") for key, value in scope["headers"] if key == name), None)
