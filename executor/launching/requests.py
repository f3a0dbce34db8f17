"""A client's own key for a request: asked again, the request starts nothing new."""

import json
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from executor.dispatch.database import LOCK_STARTS_OF_USER, one
from executor.errors import KeyReused
from executor.models import GraphExecution

if TYPE_CHECKING:
    from accounts.models import User


def digest_of(address: str, body: Any) -> str:
    """What tells two requests apart. body: JSON data; the order of its keys does not matter."""
    text = json.dumps([address, body], sort_keys=True, separators=(",", ":"))
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def started_before(user: "User", key: str | None, digest: str) -> GraphExecution | None:
    """What this request has started before. Raises KeyReused if it was another request.

    Called inside a transaction. The same request at the same time waits here, so that it is not refused for limits
    that the first one has reached; it is the lock of `admission.require_room`.
    """
    if key is None:
        return None
    one("SELECT 1", {"user": user.pk}, locks=(LOCK_STARTS_OF_USER,))
    return started_by(user, key, digest)


def started_by(user: "User", key: str | None, digest: str) -> GraphExecution | None:
    """The same without waiting."""
    first = GraphExecution.objects.for_user(user).select_related("version").filter(key=key, key__isnull=False).first()
    if first is not None and first.request_digest != digest:
        raise KeyReused(f"The key {key} was sent with another request before.", key=key)
    return first
