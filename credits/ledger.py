"""The verbs that change one balance. Each is one transaction, and happens once per key."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from credits.batch import Charge
from credits.entries import REASON_MAX_LENGTH, Entry, Refused, check_text, new_entry, whole_credits
from credits.errors import InvalidAmount
from credits.models import Account, Transaction, TransactionType
from credits.posting import post


def charge(
    account: Account | UUID,
    *,
    amount: int,
    key: str,
    reason: str,
    reference: Mapping[str, Any] | None = None,
    metadata: Mapping[str, Any] | None = None,
) -> Transaction:
    """Take `amount` credits, once per `key`.

    amount: credits, > 0 (1 credit = 1 US cent).  key: e.g. "node-execution:<id>".
    A repeated key returns the first transaction and changes nothing.
    Raises InsufficientBalance, KeyReused, InvalidAmount, InvalidText, AccountNotFound; the balance is then untouched.
    """
    return _post(account, Charge(amount, key, reason, reference or {}, metadata or {}).entry())


def grant(
    account: Account | UUID,
    *,
    amount: int,
    key: str,
    reason: str,
    actor: User | None = None,
    metadata: Mapping[str, Any] | None = None,
) -> Transaction:
    """Give `amount` credits for free, once per `key`. actor: the person who gives them, when it is a person.

    A repeated key returns the first transaction and changes nothing.
    Raises KeyReused, InvalidAmount (also when the balance would pass what can be stored), InvalidText, AccountNotFound.
    """
    change = whole_credits(amount)
    return _post(account, _by_hand(TransactionType.GRANT, change, key, reason, actor, metadata))


def adjust(
    account: Account | UUID,
    *,
    amount: int,
    key: str,
    reason: str,
    actor: User | None = None,
    metadata: Mapping[str, Any] | None = None,
) -> Transaction:
    """Correct a balance by `amount` credits, up or down, once per `key`. The reason is required.

    A repeated key returns the first transaction and changes nothing.
    Raises InsufficientBalance when there is less than a negative amount takes, and what `grant` raises.
    """
    if type(amount) is not int:
        raise InvalidAmount(f"amount must be a whole number of credits, not {repr(amount)[:40]}.")
    whole_credits(abs(amount))
    check_text("reason", reason.strip(), 1, REASON_MAX_LENGTH)
    return _post(account, _by_hand(TransactionType.ADJUSTMENT, amount, key, reason, actor, metadata))


def _by_hand(
    type: TransactionType,
    change: int,
    key: str,
    reason: str,
    actor: User | None,
    metadata: Mapping[str, Any] | None,
) -> Entry:
    actor_id = None if actor is None else actor.pk
    return new_entry(type, change, key=key, reason=reason, actor_id=actor_id, metadata=metadata)


def _post(account: Account | UUID, entry: Entry) -> Transaction:
    """Post one entry. A refusal commits too, so that its event is told; there is nothing to roll back."""
    account_id = account.pk if isinstance(account, Account) else account
    with transaction.atomic():
        (outcome,) = post("id", account_id, [entry], now=timezone.now())
    if isinstance(outcome, Refused):
        raise outcome.error
    return Transaction.objects.get(pk=outcome.transaction_id)
