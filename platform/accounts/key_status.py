"""Suspending, resuming and revoking API keys. What ends a key ends the keys that it has made."""

from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from accounts.errors import KeyLocked, KeyRevoked
from accounts.events import AccessEnded, publish
from accounts.key_scopes import hold_keys
from accounts.models import ApiKey, KeyStatus


@transaction.atomic
def revoke(key: ApiKey, *, now: datetime | None = None) -> bool:
    """End a key for good. False if it was revoked before; its time then stays."""
    hold_keys(key.user_id)
    now = now or timezone.now()
    ended = [_end(one, Q(revoked_at=None), revoked_at=now) for one in _family(key)]
    return ended[0]


@transaction.atomic
def suspend(key: ApiKey, *, operator_reason: str = "", now: datetime | None = None) -> bool:
    """Let a key rest until it is resumed. False if it does already, or is revoked.

    operator_reason: why an operator does it; its owner cannot resume it then.
    """
    hold_keys(key.user_id)
    now = now or timezone.now()
    due = Q(suspended_at=None) | (Q(suspension_reason="") if operator_reason else Q(pk=None))
    ended = [
        _end(one, Q(revoked_at=None) & due, suspended_at=now, suspension_reason=operator_reason) for one in _family(key)
    ]
    return ended[0]


@transaction.atomic
def resume(key: ApiKey, *, by_operator: bool = False) -> bool:
    """Let a suspended key work again, with those that were suspended along with it. False if it works already.

    Raises KeyRevoked, and KeyLocked if an operator has suspended it and somebody else wants to resume it.
    """
    hold_keys(key.user_id)
    current = ApiKey.objects.get(pk=key.pk)
    if current.status is KeyStatus.REVOKED:
        raise KeyRevoked
    if current.suspension_reason and not by_operator:
        raise KeyLocked
    together = ApiKey.objects.filter(suspended_at=current.suspended_at, suspension_reason=current.suspension_reason)
    resumed = [
        together.filter(pk=one).update(suspended_at=None, suspension_reason="")
        for one in _family(current)
        if current.suspended_at is not None
    ]
    return bool(resumed and resumed[0])


def _end(key_id: UUID, due: Q, **changes: object) -> bool:
    if not ApiKey.objects.filter(due, pk=key_id).update(**changes):
        return False
    user_id = ApiKey.objects.values_list("user_id", flat=True).get(pk=key_id)
    publish(AccessEnded(user_id=str(user_id), api_key_id=str(key_id)))
    return True


def _family(key: ApiKey) -> Iterator[UUID]:
    """The ids of a key and of all that stem from it."""
    yield key.pk
    for made in ApiKey.objects.filter(made_by=key.pk):
        yield from _family(made)
