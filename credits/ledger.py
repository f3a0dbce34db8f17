"""The verbs that change one balance. Each is one transaction, and happens once per key.

A repeated key returns the first transaction and changes nothing; with another amount it raises KeyReused, and operators
are told. All of them raise InvalidAmount, InvalidText and AccountNotFound; the balance is then untouched.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.utils import timezone

from accounts.models import User
from credits.batch import Charge
from credits.errors import InvalidAmount
from credits.models import Account, Transaction, TransactionType
from credits.orders import Order, Reverse, check_reason, new_entry, whole_credits
from credits.outcomes import AlreadyPosted, Outcome, Posted, Refused
from credits.posting import post

Facts = Mapping[str, Any]


def charge(
    account: Account | UUID,
    *,
    amount: int,
    key: str,
    reason: str,
    reference: Facts | None = None,
    metadata: Facts | None = None,
) -> Transaction:
    """Take `amount` credits for something used.

    amount: credits, > 0 (1 credit = 1 US cent).  key: e.g. "node-execution:<id>".
    Raises InsufficientBalance, CostLimitReached and AccountFrozen.
    """
    return _posted(account, Charge(amount, key, reason, reference or {}, metadata or {}).entry())


def grant(
    account: Account | UUID,
    *,
    amount: int,
    key: str,
    reason: str,
    actor: User | None = None,
    metadata: Facts | None = None,
) -> Transaction:
    """Give `amount` credits for free. actor: the person who gives them, when it is a person."""
    change = whole_credits(amount)
    return _by_hand(account, TransactionType.GRANT, change, key=key, reason=reason, actor=actor, metadata=metadata)


def top_up(
    account: Account | UUID,
    *,
    amount: int,
    key: str,
    reason: str,
    reference: Facts | None = None,
    metadata: Facts | None = None,
    actor: User | None = None,
) -> Transaction:
    """Add credits that were paid for. reference: where the money came from."""
    change = whole_credits(amount)
    facts = {"reference": reference, "metadata": metadata}
    return _by_hand(account, TransactionType.TOP_UP, change, key=key, reason=reason, actor=actor, **facts)


def refund(
    account: Account | UUID,
    *,
    amount: int,
    key: str,
    reason: str,
    reference: Facts | None = None,
    metadata: Facts | None = None,
    actor: User | None = None,
) -> Transaction:
    """Take credits whose money has gone back, spent or not: only this may take an account into debt."""
    change = -whole_credits(amount)
    facts = {"reference": reference, "metadata": metadata, "into_debt": True}
    return _by_hand(account, TransactionType.REFUND, change, key=key, reason=reason, actor=actor, **facts)


def card_check(
    account: Account | UUID,
    *,
    key: str,
    reason: str,
    reference: Facts | None = None,
    metadata: Facts | None = None,
) -> Transaction:
    """Note that a card was validated. No credits move."""
    facts = {"reference": reference, "metadata": metadata}
    return _by_hand(account, TransactionType.CARD_CHECK, 0, key=key, reason=reason, actor=None, **facts)


def adjust(
    account: Account | UUID,
    *,
    amount: int,
    key: str,
    reason: str,
    actor: User | None = None,
    metadata: Facts | None = None,
) -> Transaction:
    """Correct a balance by `amount` credits, up or down. The reason is required.

    Raises InsufficientBalance and AccountFrozen when a negative amount cannot be taken.
    """
    if type(amount) is not int:
        raise InvalidAmount(f"amount must be a whole number of credits, not {repr(amount)[:40]}.")
    whole_credits(abs(amount))
    check_reason(reason, required=True)
    return _by_hand(account, TransactionType.ADJUSTMENT, amount, key=key, reason=reason, actor=actor, metadata=metadata)


def reverse(original: Transaction, *, reason: str, actor: User | None = None) -> Transaction:
    """Take a transaction back by a linked one of the same type and the opposite amount, at most once.

    Reversing again returns the first reversal. The reason is required. Raises AlreadyReversed for a reversal or a
    transaction of no credits, InsufficientBalance when what was given has been spent.
    """
    text = check_reason(reason, required=True)
    order = Reverse(of_key=original.key, reason=text, actor_id=None if actor is None else actor.pk)
    return _posted(original.account_id, order)


def _by_hand(
    account: Account | UUID,
    type: TransactionType,
    change: int,
    *,
    key: str,
    reason: str,
    actor: User | None,
    **facts: Any,
) -> Transaction:
    actor_id = None if actor is None else actor.pk
    return _posted(account, new_entry(type, change, key=key, reason=reason, actor_id=actor_id, **facts))


def _posted(account: Account | UUID, order: Order) -> Transaction:
    account_id, now = _id_of(account), timezone.now()
    outcome = post_one(account_id, order, now=now)
    if isinstance(outcome, AlreadyPosted):
        return Transaction.objects.get(pk=outcome.transaction_id)
    assert isinstance(outcome, Posted)
    return _as_written(outcome, account_id, now)


def _as_written(posted: Posted, account_id: UUID, now: datetime) -> Transaction:
    """The row, without asking for it: of what is not here, the database is asked only if somebody wants to know."""
    entry = posted.entry
    known = {
        "id": posted.transaction_id,
        "account_id": account_id,
        "seq": posted.seq,
        "type": entry.type.value,
        "amount": entry.change,
        "running_balance": posted.running_balance,
        "key": entry.key,
        "reason": entry.reason,
        "actor_id": entry.actor_id,
        "reverses_id": posted.reverses_id,
        "created_at": now,
    }
    return Transaction.from_db(connection.alias, list(known), list(known.values()))


def post_one(account: Account | UUID, order: Order, *, now: datetime | None = None) -> Outcome:
    """Post one order. A refusal commits too, so that its event is told; there is nothing to roll back."""
    with transaction.atomic():
        (outcome,) = post("id", _id_of(account), [order], now=now or timezone.now())
    if isinstance(outcome, Refused):
        raise outcome.error
    return outcome


def _id_of(account: Account | UUID) -> UUID:
    return account.pk if isinstance(account, Account) else account
