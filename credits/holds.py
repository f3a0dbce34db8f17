"""Credits set aside for a cost that is known only afterwards. Each verb is one transaction."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from credits.ledger import post_one
from credits.models import Account, Hold, HoldStatus
from credits.orders import Release, SetAside, Settle, check_key, check_reason, whole_credits
from credits.outcomes import Closed, Held
from credits.posting import post

#: Holds that one look closes at most.
WINDOW = 500


def hold(
    account: Account | UUID,
    *,
    amount: int,
    key: str,
    expires_at: datetime,
    reference: Mapping[str, Any] | None = None,
    metadata: Mapping[str, Any] | None = None,
) -> Hold:
    """Set `amount` credits aside until they are settled, released, or `expires_at` has passed.

    A repeated key returns the hold that is open; one that was released or has expired is opened again.
    Raises InsufficientBalance, CostLimitReached, AccountFrozen, HoldClosed for one that is settled, KeyReused for an
    open one of another amount, and InvalidAmount, InvalidText, AccountNotFound.
    """
    order = SetAside(
        amount=whole_credits(amount),
        key=check_key(key),
        expires_at=expires_at,
        reference=reference or {},
        metadata=metadata or {},
    )
    outcome = post_one(account, order)
    assert isinstance(outcome, Held)
    return Hold.objects.get(pk=outcome.hold_id)


def settle(of: Hold, *, cost: int, reason: str, metadata: Mapping[str, Any] | None = None) -> Hold:
    """End a hold with what it really cost: less, as much, or more than was set aside; 0 charges nothing.

    What is more is taken from the balance and then from the overdraft; what neither covers is noted on the hold as
    `uncovered`, and operators are told. Settling again with the same cost changes nothing.
    Raises KeyReused for another cost, and InvalidAmount, InvalidText.
    """
    order = Settle(
        hold_key=of.key,
        cost=whole_credits(cost, least=0),
        key=check_key(f"{of.key}:settle"),
        reason=check_reason(reason),
        metadata=metadata or {},
    )
    assert isinstance(post_one(of.account_id, order), Closed)
    return Hold.objects.get(pk=of.pk)


def release(of: Hold) -> Hold:
    """End a hold without a cost. One that has ended stays as it is."""
    post_one(of.account_id, Release(hold_key=of.key))
    return Hold.objects.get(pk=of.pk)


def release_for(execution_id: UUID, *, now: datetime) -> int:
    """Let go of whatever a root execution still holds, because it has ended. How many holds that were."""
    return _close(Hold.objects.filter(execution_id=execution_id), HoldStatus.RELEASED, now)


def expire(*, now: datetime) -> int:
    """Let go of holds that nobody settled in time. How many; at most WINDOW in one look."""
    return _close(Hold.objects.filter(expires_at__lt=now), HoldStatus.EXPIRED, now)


def _close(which: QuerySet[Hold], status: HoldStatus, now: datetime) -> int:
    """Account by account; the ledger locks it, and leaves a hold alone that has ended meanwhile."""
    found = which.filter(status=HoldStatus.OPEN).order_by("account").values_list("account_id", "key")[:WINDOW]
    by_account: dict[UUID, list[Release]] = {}
    for account_id, key in found:
        by_account.setdefault(account_id, []).append(Release(hold_key=key, status=status))
    for account_id, orders in by_account.items():
        with transaction.atomic():
            post("id", account_id, orders, now=now)
    return sum(map(len, by_account.values()))
