"""Who asks for an execution, and by which key of their own: the header `Idempotency-Key`."""

from typing import Any

from rest_framework.request import Request

from accounts.models import ApiKey
from api.fingerprints import request_digest
from api.idempotency import client_key


def asked_by(request: Request) -> dict[str, Any]:
    """Who asks, as arguments of the verbs that start executions, which keep the key in the execution itself."""
    api_key = request.auth if isinstance(request.auth, ApiKey) else None
    key = client_key(request)
    return (
        {"api_key": api_key}
        if key is None
        else {"api_key": api_key, "key": key, "request_digest": request_digest(request)}
    )
