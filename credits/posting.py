"""The one place that changes balances: locks the account, lets the reckoning decide, writes, and tells."""

import contextlib
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import psycopg
from django.conf import settings
from django.db import connection

from credits.asking import Asked, ask
from credits.errors import AccountNotFound
from credits.moved import note as note_moved
from credits.orders import Count, Entry, Order, SetAside
from credits.outcomes import Outcome
from credits.reckoning import HoldChange, Reckoning
from credits.rows import Rows, as_uuid, rows_for
from credits.standing import Ceiling, Fee, KnownHold, Standing
from credits.telling import tell


def post(
    column: str,
    value: UUID,
    orders: Sequence[Order],
    *,
    now: datetime,
    executions: Mapping[UUID, Ceiling] | None = None,
    again: bool = False,
) -> list[Outcome]:
    """Make what orders can be made of one account, in order, in the transaction that is open.

    column, value: which account, by its "id" or its "user_id".  executions: the ceilings of executions, by root id.
    again: the same orders may have been committed before, and nobody may have heard of it.
    Steps: lock and read the account; read which keys exist; decide; write the account, transactions, holds and days;
    tell listeners after the commit. Raises AccountNotFound.
    """
    return post_asked(ask(column, value, orders), orders, now=now, executions=executions, again=again)


def post_asked(
    asked: Asked,
    orders: Sequence[Order],
    *,
    now: datetime,
    executions: Mapping[UUID, Ceiling] | None = None,
    again: bool = False,
) -> list[Outcome]:
    """The same once the account is locked and read. asked: about these orders."""
    rows = rows_for(connection.vendor)
    with connection.wrap_database_errors, _cursor() as cursor:
        desk = _Desk(cursor, rows, now)
        standing = desk.standing(asked)
        standing.executions = executions or {}
        holds = dict(map(rows.hold, asked.holds()))
        standing.api_keys = desk.api_keys(orders, holds.values())
        before = standing.balance
        reckoning = Reckoning(standing, dict(map(rows.known, asked.known())), holds, fee=fee())
        outcomes = reckoning.run(orders)
        desk.write(reckoning)
        tell(cursor, rows, standing, before, orders, outcomes, now=now, again=again)
    return outcomes


def fee() -> Fee:
    """The execution fee, from the settings."""
    return Fee(credits=settings.EXECUTION_FEE_CREDITS, every=settings.EXECUTION_FEE_EVERY)


class _Desk:
    """Reads and writes for one call of `post`."""

    def __init__(self, cursor: Any, rows: Rows, now: datetime) -> None:
        self._cursor = cursor
        self._rows = rows
        self._sql = rows.sql
        self._now = now
        self._today = now.astimezone(UTC).date()

    def standing(self, asked: Asked) -> Standing:
        found = asked.account()
        if not found:
            raise AccountNotFound(f"There is no credit account with {asked.column} {asked.value}.")
        return self._rows.standing(found[0], self._today)

    def api_keys(self, orders: Iterable[Order], holds: Iterable[KnownHold]) -> dict[UUID, Ceiling]:
        """The days of the keys that spend, and of those that have set aside what now ends."""
        spenders = [order.spender for order in orders if isinstance(order, Entry | SetAside | Count)]
        spenders += [hold.spender for hold in holds]
        wanted = {spender.api_key_id for spender in spenders if spender.api_key_id}
        found = self._all(self._sql.key_days, self._rows.day(self._today), list(wanted))
        return {as_uuid(id): Ceiling("daily limit of the API key", limit, spent or 0) for id, limit, spent in found}

    def write(self, reckoning: Reckoning) -> None:
        standing = reckoning.standing
        if not (reckoning.posted or reckoning.hold_changes or reckoning.has_counted):
            return
        note_moved(reckoning.posted)
        self._cursor.execute(self._sql.account, self._rows.of_account(standing))
        account_id, now = standing.account_id, self._now
        self._many(
            self._sql.transaction, [self._rows.of_transaction(posted, account_id, now) for posted in reckoning.posted]
        )
        self._write_holds(list(reckoning.hold_changes.values()), account_id)
        days = [
            (self._rows.adapt.uuid(id), self._rows.day(self._today), c.spent) for id, c in standing.api_keys.items()
        ]
        self._many(self._sql.key_day, days)

    def _write_holds(self, changes: Sequence[HoldChange], account_id: Any) -> None:
        opened = [self._rows.of_opened_hold(change, account_id, self._now) for change in changes if change.new]
        self._many(self._sql.open_hold, opened)
        closed = [self._rows.of_closed_hold(change, self._now) for change in changes if not change.new]
        self._many(self._sql.close_hold, closed)

    def _all(self, statement: str, first: Any, wanted: list[Any]) -> list[Any]:
        if not wanted:
            return []
        self._cursor.execute(statement, (first, self._rows.many(wanted)))
        found: list[Any] = self._cursor.fetchall()
        return found

    def _many(self, statement: str, rows: list[Any]) -> None:
        if len(rows) == 1:
            self._cursor.execute(statement, rows[0])
        elif rows:
            self._cursor.executemany(statement, rows)


def _cursor() -> AbstractContextManager[Any]:
    """The driver's own: Django's would rewrite each statement, and paste the values into it on PostgreSQL."""
    raw = connection.connection
    if connection.vendor == "postgresql":
        return psycopg.Cursor(raw)
    return contextlib.closing(raw.cursor())
