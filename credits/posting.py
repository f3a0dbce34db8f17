"""The one place that changes balances. By hand, because the journal charges through it for every node."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
import psycopg
from django.db import connection
from django.db.transaction import TransactionManagementError

from credits.entries import Entry, Known, Outcome, Posted, Refused, Standing, decide
from credits.errors import AccountNotFound, InsufficientBalance
from credits.events import BalanceCrossed, FundsExhausted, publish
from credits.models import TransactionType
from reliability.errors import SluiceError
from reliability.sql import adapters

_COLUMNS = (
    "id", "account_id", "seq", "type", "amount", "running_balance",
    "key", "reference", "reason", "actor_id", "metadata", "created_at",
)  # fmt: skip

#: An UPDATE that changes nothing locks the row on PostgreSQL; on SQLite the transaction holds the lock already.
_LOCK = (
    "UPDATE credits_account SET last_seq = last_seq WHERE {column} = %s "
    "RETURNING id, user_id, balance, held, overdraft, last_seq, low_balance_threshold"
)
_LOCK_BY = {column: _LOCK.format(column=column) for column in ("id", "user_id")}
#: Any number of keys as one value.
_KNOWN = {
    "sqlite": "SELECT key, id, type, amount FROM credits_transaction "
    "WHERE account_id = %s AND key IN (SELECT value FROM json_each(%s))",
    "postgresql": "SELECT key, id, type, amount FROM credits_transaction WHERE account_id = %s AND key = ANY(%s)",
}
_BALANCE = "UPDATE credits_account SET balance = %s, last_seq = %s WHERE id = %s"
_INSERT = f"INSERT INTO credits_transaction ({', '.join(_COLUMNS)}) VALUES ({', '.join(['%s'] * len(_COLUMNS))})"


def post(column: str, value: UUID, entries: Sequence[Entry], *, now: datetime) -> list[Outcome]:
    """Make what entries can be made of one account, in order, in the transaction that is open.

    column, value: which account, by its "id" or its "user_id". Steps: lock and read the account; read which keys exist;
    decide; write the balance and the new transactions; tell listeners after the commit.
    Raises AccountNotFound.
    """
    if not connection.in_atomic_block:
        raise TransactionManagementError("The ledger is written inside a transaction only.")
    with connection.wrap_database_errors, _cursor() as cursor:
        standing = _lock(cursor, column, value)
        outcomes = decide(standing, entries, _known(cursor, standing, [entry.key for entry in entries]))
        posted = [outcome for outcome in outcomes if isinstance(outcome, Posted)]
        if posted:
            _write(cursor, standing, posted, now)
    _publish(standing, entries, outcomes)
    return outcomes


def _cursor() -> AbstractContextManager[Any]:
    """On PostgreSQL the driver's own cursor, which does not paste the values into each statement: a third faster."""
    if connection.vendor == "postgresql":
        return psycopg.Cursor(connection.connection)
    return connection.cursor()


def _lock(cursor: Any, column: str, value: UUID) -> Standing:
    cursor.execute(_LOCK_BY[column], [adapters(connection.vendor).uuid(value)])
    row = cursor.fetchone()
    if row is None:
        raise AccountNotFound(f"There is no credit account with {column} {value}.")
    account_id, user_id, balance, held, overdraft, last_seq, threshold = row
    return Standing(
        account_id=account_id,
        user_id=_uuid(user_id),
        balance=balance,
        held=held,
        overdraft=overdraft,
        last_seq=last_seq,
        low_balance_threshold=threshold,
    )


def _known(cursor: Any, standing: Standing, keys: list[str]) -> dict[str, Known]:
    wanted = orjson.dumps(keys).decode() if connection.vendor == "sqlite" else keys
    cursor.execute(_KNOWN[connection.vendor], [standing.account_id, wanted])
    return {key: Known(_uuid(id), type, amount) for key, id, type, amount in cursor.fetchall()}


def _write(cursor: Any, standing: Standing, posted: Sequence[Posted], now: datetime) -> None:
    newest = posted[-1]
    cursor.execute(_BALANCE, [newest.running_balance, newest.seq, standing.account_id])
    cursor.executemany(_INSERT, [_row(standing, outcome, now) for outcome in posted])


def _row(standing: Standing, outcome: Posted, now: datetime) -> list[Any]:
    """The values of _COLUMNS."""
    adapt, entry = adapters(connection.vendor), outcome.entry
    return [
        adapt.uuid(outcome.transaction_id),
        standing.account_id,
        outcome.seq,
        entry.type.value,
        entry.change,
        outcome.running_balance,
        entry.key,
        adapt.json(entry.reference),
        entry.reason,
        None if entry.actor_id is None else adapt.uuid(entry.actor_id),
        adapt.json(entry.metadata),
        adapt.moment(now),
    ]


def _publish(standing: Standing, entries: Sequence[Entry], outcomes: Sequence[Outcome]) -> None:
    balance = standing.balance
    for entry, outcome in zip(entries, outcomes, strict=True):
        if isinstance(outcome, Posted):
            _publish_crossing(standing, balance, outcome.running_balance)
            balance = outcome.running_balance
        elif isinstance(outcome, Refused) and entry.type is TransactionType.USAGE:
            _publish_exhausted(entry, outcome.error)


def _publish_crossing(standing: Standing, before: int, after: int) -> None:
    threshold = standing.low_balance_threshold
    if before >= threshold > after:
        publish(BalanceCrossed(user_id=str(standing.user_id), balance=after, threshold=threshold))


def _publish_exhausted(entry: Entry, error: SluiceError) -> None:
    if isinstance(error, InsufficientBalance):
        publish(
            FundsExhausted(
                user_id=str(error.user_id),
                balance=error.balance,
                amount=error.amount,
                reference=entry.reference,
            )
        )


def _uuid(value: str | UUID) -> UUID:
    return value if isinstance(value, UUID) else UUID(value)
