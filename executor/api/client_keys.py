"""Who asks for an execution, and by which key of their own: the header `Idempotency-Key`."""

from typing import Any

from rest_framework.request import Request

from accounts.models import ApiKey
from executor.errors import InputInvalid
from executor.launching.requests import digest_of

HEADER = "Idempotency-Key"
#: What `GraphExecution.key` holds.
CHARACTERS = 255


def asked_by(request: Request) -> dict[str, Any]:
    """Who asks, as arguments of the verbs that start executions."""
    api_key = request.auth if isinstance(request.auth, ApiKey) else None
    return {"api_key": api_key, **client_key(request)}


def client_key(request: Request) -> dict[str, Any]:
    """The key, and a digest of the request, as arguments of the verbs that start executions; nothing without a key."""
    key = request.headers.get(HEADER)
    if key is None:
        return {}
    if not (0 < len(key) <= CHARACTERS and key.isprintable()):
        message = f"The key must have from 1 to {CHARACTERS} printable characters."
        raise InputInvalid(f"{HEADER}: {message}", fields={HEADER: message})
    address = f"{request.method} {request.path.rstrip('/')}"
    return {"key": key, "request_digest": digest_of(address, [request.query_params, request.data])}
