"""A client's own key for a request: asked again, the request starts nothing new."""

from typing import TYPE_CHECKING

from api.errors import KeyReused
from executor.dispatch.database import LOCK_STARTS_OF_USER, one
from executor.models import GraphExecution

if TYPE_CHECKING:
    from accounts.models import User


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
    """The same without waiting. One that was deleted since counts, too: the request was carried out."""
    keyed = GraphExecution.objects.filter(user=user, key=key, key__isnull=False)
    first = keyed.select_related("version").first()
    if first is not None and first.request_digest != digest:
        raise KeyReused(f"The key {key} was sent with another request before.", key=key)
    return first
