"""Does every account follow from its transactions and its open holds? Pure; `accounts` reads them."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from credits.models import TransactionType

FEE = "execution-fee:"
#: Keys of the ledger's own making, and the only type that each stands for.
TYPE_OF_KEY = {
    "node-execution:": TransactionType.USAGE,
    FEE: TransactionType.USAGE,
    "monthly-refill:": TransactionType.GRANT,
    "code:": TransactionType.GRANT,
}


@dataclass(frozen=True, slots=True)
class Line:
    """A transaction as it is stored; in a damaged ledger its numbers may be anything."""

    seq: int
    amount: int  # credits, signed
    running_balance: int
    type: str
    key: str
    created_at: datetime
    reverses_id: UUID | None = None

    @property
    def numbers(self) -> tuple[Any, ...]:
        return self.seq, self.amount, self.running_balance


@dataclass(frozen=True, slots=True)
class OpenHold:
    """Credits set aside, and since when."""

    amount: int
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Stated:
    """What an account says of itself. Credits, but for what is counted."""

    balance: int
    held: int
    overdraft: int
    debt: int
    last_seq: int
    spent_on: date | None
    spent_today: int
    node_executions: int
    fee_charged_to: int


def account_faults(stated: Stated, lines: Iterable[Line], holds: Sequence[OpenHold] = ()) -> Iterator[str]:
    """What does not add up in one account. lines: all its transactions, by seq; holds: those that are open."""
    walk = Walk(spent_on=stated.spent_on)
    for line in lines:
        yield from walk.step(line)
    yield from _end_faults(stated, walk)
    yield from _hold_faults(stated, walk, holds)
    yield from _counter_faults(stated, walk)


@dataclass(slots=True, kw_only=True)
class Walk:
    """Goes through an account's transactions and adds them up."""

    spent_on: date | None = None
    seq: int = 0
    total: int = 0
    running: int = 0
    #: Credits used on the day `spent_on`.
    spent: int = 0
    #: Up to which node execution the fee is charged.
    fee_charged_to: int = 0

    def step(self, line: Line) -> Iterator[str]:
        """Each line is measured against the one before, so that one wrong row does not taint those after it."""
        if any(type(number) is not int for number in line.numbers):
            yield f"transaction {line.seq} holds what is no whole number"
            return
        if line.seq != self.seq + 1:
            yield f"transaction {line.seq} follows {self.seq}"
        if line.running_balance != self.running + line.amount:
            sum_ = self.running + line.amount
            yield f"transaction {line.seq} has a running balance of {line.running_balance}, its sum is {sum_}"
        yield from self._key_faults(line)
        self.seq, self.running, self.total = line.seq, line.running_balance, self.total + line.amount
        if line.type == TransactionType.USAGE and line.reverses_id is None and _day(line) == self.spent_on:
            self.spent -= line.amount

    def _key_faults(self, line: Line) -> Iterator[str]:
        kind = line.key.partition(":")[0] + ":"
        wanted = TYPE_OF_KEY.get(kind, line.type)
        if line.type != wanted:
            yield f"transaction {line.seq} ({line.key}) is a {line.type}, not a {wanted}"
        if kind == FEE:
            yield from self._fee_faults(line)

    def _fee_faults(self, line: Line) -> Iterator[str]:
        number = line.key.removeprefix(FEE)
        if not number.isascii() or not number.isdigit() or int(number) <= self.fee_charged_to:
            yield f"transaction {line.seq} ({line.key}) follows the fee up to node execution {self.fee_charged_to}"
        else:
            self.fee_charged_to = int(number)


def _end_faults(stated: Stated, walk: Walk) -> Iterator[str]:
    if walk.seq != stated.last_seq:
        yield f"the newest transaction is {walk.seq}, the account says {stated.last_seq}"
    if stated.balance != walk.total:
        yield f"the balance is {stated.balance}, the sum of the transactions is {walk.total}"
    if stated.balance != walk.running:
        yield f"the balance is {stated.balance}, the last running balance is {walk.running}"


def _hold_faults(stated: Stated, walk: Walk, holds: Sequence[OpenHold]) -> Iterator[str]:
    held = sum(hold.amount for hold in holds)
    if stated.held != held:
        yield f"{stated.held} credits are held, the open holds have {held}"
    below = max(0, stated.held - stated.balance - stated.overdraft)
    if stated.debt != below or stated.overdraft < 0:
        yield f"the debt is {stated.debt}, the account is {below} below its overdraft of {stated.overdraft}"
    explained = walk.spent + sum(hold.amount for hold in holds if _day(hold) == stated.spent_on)
    if not 0 <= stated.spent_today <= explained:
        yield f"{stated.spent_today} credits count against {stated.spent_on}, its charges and holds have {explained}"


def _counter_faults(stated: Stated, walk: Walk) -> Iterator[str]:
    if stated.fee_charged_to != walk.fee_charged_to:
        yield (
            f"the fee is charged up to node execution {walk.fee_charged_to}, the account says {stated.fee_charged_to}"
        )
    if not 0 <= stated.fee_charged_to <= stated.node_executions:
        yield f"the fee is charged up to {stated.fee_charged_to} of {stated.node_executions} node executions"


def _day(of: Line | OpenHold) -> date:
    return of.created_at.astimezone(UTC).date()
