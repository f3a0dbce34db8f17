"""A client's own key for a request: asked again, the request starts nothing new."""

from typing import TYPE_CHECKING

from api.errors import KeyReused
from api.idempotency import note_key
from executor.dispatch.database import LOCK_STARTS_OF_USER, one
from executor.models import GraphExecution

if TYPE_CHECKING:
    from accounts.models import User


def started_before(user: "User", key: str | None, digest: str) -> GraphExecution | None:
    """What this request has started before. Raises KeyReused if it was another one, whatever that was to do.

    Called inside the transaction of the start, in which the key is noted. The same request at the same time waits here,
    so that it is not refused for limits that the first one has reached; it is the lock of `admission.require_room`.
    """
    if key is None:
        return None
    one("SELECT 1", {"user": user.pk}, locks=(LOCK_STARTS_OF_USER,))
    first = started_by(user, key, digest)
    if first is None:
        note_key(user.pk, key, digest=digest)
    return first


def started_by(user: "User", key: str | None, digest: str) -> GraphExecution | None:
    """The same without waiting. One that was deleted since counts, too: the request was carried out."""
    keyed = GraphExecution.objects.filter(user=user, key=key, key__isnull=False)
    first = keyed.select_related("version").first()
    if first is not None and first.request_digest != digest:
        raise KeyReused(f"The key {key} was sent with another request before.", key=key)
    return first
