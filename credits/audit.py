"""Does the ledger add up? Recomputes every balance from its transactions."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Any
from uuid import UUID

from django.db import connection

from credits.append_only import TABLE, is_protected
from credits.models import Account


@dataclass(frozen=True)
class Fault:
    """One thing that does not add up. email: whose account; empty when it is about the whole ledger."""

    email: str
    problem: str

    def __str__(self) -> str:
        return f"{self.email}: {self.problem}" if self.email else self.problem


@dataclass(frozen=True, slots=True)
class Line:
    """A transaction as it is stored."""

    seq: int
    amount: int  # credits, signed
    running_balance: int


def audit() -> list[Fault]:
    """Every fault of the ledger. It reads one snapshot, so that running executions cause no false ones."""
    return [*_trigger_faults(), *_account_faults()]


def account_faults(balance: int, last_seq: int, lines: Iterable[Line]) -> Iterator[str]:
    """What does not add up in one account. lines: all its transactions, by seq."""
    total, seq = 0, 0
    for line in lines:
        if line.seq != seq + 1:
            yield f"transaction {line.seq} follows {seq}"
        total, seq = total + line.amount, line.seq
        if line.running_balance != total:
            yield f"transaction {seq} has a running balance of {line.running_balance}, its sum is {total}"
    if seq != last_seq:
        yield f"the newest transaction is {seq}, the account says {last_seq}"
    if balance != total:
        yield f"the balance is {balance}, the sum of the transactions is {total}"


def _trigger_faults() -> Iterator[Fault]:
    if not is_protected(connection):
        yield Fault("", f"The triggers that make {TABLE} append-only are missing.")


def _account_faults() -> Iterator[Fault]:
    for (_, email, balance, last_seq), rows in groupby(_rows(), key=lambda row: row[:4]):
        lines = (Line(*row[4:]) for row in rows if row[4] is not None)
        yield from (Fault(email, problem) for problem in account_faults(balance, last_seq, lines))


def _rows() -> Iterable[tuple[UUID, str, int, int, Any, Any, Any]]:
    """Accounts with their transactions, None where there are none. One statement, so one snapshot."""
    return (
        Account.objects.order_by("id", "transactions__seq")
        .values_list(
            "id",
            "user__email",
            "balance",
            "last_seq",
            "transactions__seq",
            "transactions__amount",
            "transactions__running_balance",
        )
        .iterator()
    )
