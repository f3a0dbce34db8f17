"""What the ledger must know before it decides: the account, which it locks, and which keys are there already.

It is sent first and read later, so that one round trip is enough for it and for what others ask.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import psycopg
from django.db import connection
from django.db.transaction import TransactionManagementError

from credits.orders import Entry, Order, Release, Reverse, SetAside, Settle
from credits.rows import rows_for

Answer = Callable[[], list[Any]]


@dataclass(frozen=True, slots=True)
class Asked:
    """Questions about one account that are on their way. Each answer is its rows; it is read once."""

    column: str
    value: UUID
    account: Answer
    known: Answer
    holds: Answer


def ask(column: str, value: UUID, orders: Sequence[Order]) -> Asked:
    """Lock the account, then look for the keys of the orders, in the open transaction.

    column, value: which account, by its "id" or its "user_id".  In a pipeline of PostgreSQL nothing is waited for.
    """
    if not connection.in_atomic_block:
        raise TransactionManagementError("The ledger is written inside a transaction only.")
    rows = rows_for(connection.vendor)
    account = rows.adapt.uuid(value)
    keys = [key for order in orders if (key := _ledger_key(order))]
    hold_keys = [key for order in orders if (key := _hold_key(order))]
    send = {"sqlite": _send_to_sqlite, "postgresql": _send_to_postgres}[rows.vendor]
    with connection.wrap_database_errors:
        raw = connection.connection
        return Asked(
            column,
            value,
            send(raw, rows.sql.lock[column], (account,)),
            send(raw, rows.sql.known[column], (account, rows.many(keys))) if keys else list,
            send(raw, rows.sql.holds[column], (account, rows.many(hold_keys))) if hold_keys else list,
        )


def _send_to_sqlite(raw: Any, statement: str, values: tuple[Any, ...]) -> Answer:
    """The answer is there at once, and a statement that is not read to its end would be in the way."""
    found: list[Any] = raw.execute(statement, values).fetchall()
    return lambda: found


def _send_to_postgres(raw: Any, statement: str, values: tuple[Any, ...]) -> Answer:
    answer: Answer = psycopg.Cursor(raw).execute(statement, values).fetchall
    return answer


def _ledger_key(order: Order) -> str | None:
    match order:
        case Entry() | Settle():
            return order.key
        case Reverse():
            return order.of_key
        case _:
            return None


def _hold_key(order: Order) -> str | None:
    match order:
        case SetAside():
            return order.key
        case Settle() | Release():
            return order.hold_key
        case _:
            return None
