"""What a handshake says of who opens the socket: an API key or a ticket in one of four places, or a session."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs

from django.conf import settings
from django.http.cookie import parse_cookie

from api.addresses import believed, reduced
from realtime.closing import KEY_IN_ADDRESS, ORIGIN_REFUSED, Closing
from realtime.database import in_database_thread
from realtime.guessing import admitted
from realtime.origin import is_trusted
from realtime.visitors import Visitor, signed_in

Scope = Mapping[str, Any]

#: Sub-protocols that carry what lets somebody in.
_PROOF_PROTOCOLS = ("token.", "ticket.")


async def at_handshake(scope: Scope) -> Visitor | Closing | None:
    """Who is there; None if the handshake does not say.

    A key goes before a session; one that is no good is not made up for by a session.
    """
    query = parse_qs(scope.get("query_string", b"").decode("latin-1"))
    if "token" in query and not settings.SOCKET_TOKEN_IN_URL:
        return KEY_IN_ADDRESS
    proof = _proof(scope, query)
    if proof is not None:
        return await in_database_thread(admitted, proof, address(scope))
    session_key = parse_cookie(header(scope, b"cookie") or "").get(settings.SESSION_COOKIE_NAME, "")
    visitor = await in_database_thread(signed_in, session_key) if session_key.isalnum() else None
    if visitor is not None and not is_trusted(header(scope, b"origin"), host=header(scope, b"host")):
        return ORIGIN_REFUSED
    return visitor


def address(scope: Scope) -> str:
    """Where it comes from: as `api.addresses.client_address` says it of a request."""
    seen, *_ = scope.get("client") or ("",)
    forwarded = [value.decode("latin-1") for key, value in scope["headers"] if key == b"x-forwarded-for"]
    parts = [part for part in ",".join(forwarded).split(",") if part.strip()]
    return reduced(believed(seen, parts, proxies=settings.TRUSTED_PROXIES))


def header(scope: Scope, name: bytes) -> str | None:
    """A request header; name: lower case."""
    return next((value.decode("latin-1") for key, value in scope["headers"] if key == name), None)


def _proof(scope: Scope, query: Mapping[str, list[str]]) -> str | None:
    """`Authorization: Bearer …`, `X-API-Key: …`, the sub-protocol `token.…` or `ticket.…`, `?ticket=…`, `?token=…`."""
    scheme, _, rest = (header(scope, b"authorization") or "").partition(" ")
    if scheme.lower() == "bearer":
        return rest.strip()
    if (key := header(scope, b"x-api-key")) is not None:
        return key.strip()
    for protocol in scope.get("subprotocols", ()):
        for prefix in _PROOF_PROTOCOLS:
            if protocol.startswith(prefix):
                return str(protocol.removeprefix(prefix))
    return next((query[name][0] for name in ("ticket", "token") if name in query), None)
