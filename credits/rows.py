"""The ledger's rows as the database's driver gives and takes them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from typing import Any
from uuid import UUID

import orjson

from credits.models import HoldStatus
from credits.orders import Spender
from credits.outcomes import Posted
from credits.reckoning import HoldChange, Known
from credits.standing import KnownHold, Standing
from credits.statements import Statements
from reliability.sql import Adapters, adapters

Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Rows:
    """For one kind of database."""

    vendor: str
    adapt: Adapters
    sql: Statements

    def many(self, values: list[Any]) -> Any:
        """Any number of values as the one that the statements take. UUIDs too."""
        plain = [self.adapt.uuid(value) if isinstance(value, UUID) else value for value in values]
        return orjson.dumps(plain).decode() if self.vendor == "sqlite" else plain

    def day(self, day: date) -> str | date:
        return day.isoformat() if self.vendor == "sqlite" else day

    # --- from the database

    def standing(self, row: Row, today: date) -> Standing:
        account_id, user_id, balance, held, overdraft, last_seq, threshold, debt, limit, spent_on, spent = row[:11]
        node_executions, fee_charged_to, frozen_at = row[11:]
        return Standing(
            account_id=account_id,
            user_id=as_uuid(user_id),
            balance=balance,
            held=held,
            overdraft=overdraft,
            last_seq=last_seq,
            low_balance_threshold=threshold,
            debt=debt,
            daily_limit=limit,
            today=today,
            spent_today=spent if spent_on is not None and _as_day(spent_on) == today else 0,
            node_executions=node_executions,
            fee_charged_to=fee_charged_to,
            is_frozen=frozen_at is not None,
        )

    def known(self, row: Row) -> tuple[str, Known]:
        key, id, type, amount, reference, reverses_id, reversed_by = row
        return key, Known(
            as_uuid(id),
            type,
            amount,
            _as_json(reference),
            reverses_id is not None,
            None if reversed_by is None else as_uuid(reversed_by),
        )

    def hold(self, row: Row) -> tuple[str, KnownHold]:
        key, id, status, amount, created_at, api_key_id, reference, cost, uncovered = row
        spender = Spender(api_key_id=_maybe_uuid(api_key_id))
        return key, KnownHold(
            id, HoldStatus(status), amount, _as_moment(created_at).date(), spender, _as_json(reference), cost, uncovered
        )

    # --- to the database

    def of_account(self, standing: Standing) -> Row:
        return (
            standing.balance,
            standing.held,
            standing.debt,
            standing.last_seq,
            self.day(standing.today),
            standing.spent_today,
            standing.node_executions,
            standing.fee_charged_to,
            standing.account_id,
        )

    def of_transaction(self, posted: Posted, account_id: Any, now: datetime) -> Row:
        adapt, entry = self.adapt, posted.entry
        return (
            adapt.uuid(posted.transaction_id),
            account_id,
            posted.seq,
            entry.type.value,
            entry.change,
            posted.running_balance,
            entry.key,
            adapt.json(entry.reference),
            entry.reason,
            self._id(entry.actor_id),
            self._id(posted.reverses_id),
            adapt.json(entry.metadata),
            adapt.moment(now),
        )

    def of_opened_hold(self, change: HoldChange, account_id: Any, now: datetime) -> Row:
        adapt, order = self.adapt, change.new
        assert order is not None
        is_open = change.status is HoldStatus.OPEN
        return (
            self._id(change.hold_id),
            account_id,
            order.key,
            order.amount,
            change.status.value,
            change.cost,
            change.uncovered,
            self._id(order.spender.execution_id),
            self._id(order.spender.api_key_id),
            adapt.json(order.reference),
            adapt.json(order.metadata),
            self._id(change.transaction_id),
            adapt.moment(now),
            adapt.moment(order.expires_at),
            None if is_open else adapt.moment(now),
        )

    def of_closed_hold(self, change: HoldChange, now: datetime) -> Row:
        return (
            change.status.value,
            change.cost,
            change.uncovered,
            self._id(change.transaction_id),
            self.adapt.moment(now),
            self._id(change.hold_id),
        )

    def _id(self, value: Any) -> Any:
        return self.adapt.uuid(value) if isinstance(value, UUID) else value


@cache
def rows_for(vendor: str) -> Rows:
    """vendor: Django's `connection.vendor`."""
    return Rows(vendor, adapters(vendor), Statements(vendor))


def as_uuid(value: str | UUID) -> UUID:
    return value if isinstance(value, UUID) else UUID(value)


def _maybe_uuid(value: str | UUID | None) -> UUID | None:
    return None if value is None else as_uuid(value)


def _as_day(value: str | date) -> date:
    return value if isinstance(value, date) else date.fromisoformat(value)


def _as_moment(value: str | datetime) -> datetime:
    return value if isinstance(value, datetime) else datetime.fromisoformat(value).replace(tzinfo=UTC)


def _as_json(value: str | Mapping[str, Any]) -> Mapping[str, Any]:
    found: Mapping[str, Any] = orjson.loads(value) if isinstance(value, str) else value
    return found
