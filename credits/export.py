"""The ledger as a plain-text accounting file, so that a program that is not ours can check it. See docs/ledger.md.

Users' credits are what we owe them: a balance of 70 stands as -70 under liabilities. Holds are not transactions.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import groupby
from typing import Any
from uuid import UUID

from accounts.models import User
from credits.models import Account, TransactionType

#: Where the other side of each type stands.
OTHER_SIDE = {
    TransactionType.TOP_UP: "assets:bank",
    TransactionType.REFUND: "assets:bank",
    TransactionType.CARD_CHECK: "assets:bank",
    TransactionType.USAGE: "income:usage",
    TransactionType.GRANT: "equity:grants",
    TransactionType.ADJUSTMENT: "equity:adjustments",
}
COMMODITY = "credits"
#: What an account's name may keep of an e-mail address: nothing that means something to hledger.
_UNSAFE = re.compile(r"[^A-Za-z0-9.@_+-]")
_BLANKS = re.compile(r"[\s\x00-\x1f\x7f-\x9f;]+")
_ROW = ("id", "type", "amount", "running_balance", "reason", "created_at")


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose transactions follow. balance: credits, as the account says."""

    account_id: UUID
    email: str
    balance: int
    since: date


@dataclass(frozen=True, slots=True)
class Line:
    """A transaction as it is stored."""

    id: UUID
    type: str
    amount: int  # credits, signed
    running_balance: int
    reason: str
    created_at: datetime


def hledger(user: User | None = None) -> Iterator[str]:
    """The journal in pieces, for one user or for all. It is read by one statement, so it is one moment's state."""
    yield from _header()
    for key, rows in groupby(_rows(user), key=lambda row: row[:4]):
        account_id, email, balance, created_at = key
        owner = Owner(account_id, email, balance, created_at.astimezone(UTC).date())
        yield from section(owner, (Line(*row[4:]) for row in rows if row[4] is not None))


def section(owner: Owner, lines: Iterable[Line]) -> Iterator[str]:
    """One account. lines: all its transactions, by seq.

    hledger checks by day, so a day before the last one's is written as the last one's: clocks differ, seqs do not.
    """
    name, day = account_name(owner), owner.since
    yield f"account {name}\n\n"
    for line in lines:
        day = max(day, line.created_at.astimezone(UTC).date())
        yield _transaction(name, day, line)
    yield f"{day} The balance of the account\n    {name}  0 {COMMODITY} = {-owner.balance} {COMMODITY}\n\n"


def account_name(owner: Owner) -> str:
    """The address, when all of it may stand there; with the account's id otherwise, because two could look alike."""
    safe = _UNSAFE.sub("_", owner.email)
    return f"liabilities:credits:{safe if safe == owner.email else f'{safe}-{owner.account_id}'}"


def _transaction(name: str, day: date, line: Line) -> str:
    description = _BLANKS.sub(" ", f"{line.type} {line.reason}").strip()
    other = OTHER_SIDE[TransactionType(line.type)]
    return (
        f"{day} ({line.id}) {description}\n"
        f"    {name}  {-line.amount} {COMMODITY} = {-line.running_balance} {COMMODITY}\n"
        f"    {other}  {line.amount} {COMMODITY}\n\n"
    )


def _header() -> Iterator[str]:
    yield f"; The ledger of Sluice. 1 credit = 1 US cent.\ncommodity 1000. {COMMODITY}\n"
    for account in sorted(set(OTHER_SIDE.values())):
        yield f"account {account}\n"
    yield "\n"


def _rows(user: User | None) -> Iterable[tuple[Any, ...]]:
    """Accounts with their transactions, None where there are none."""
    accounts = Account.objects.order_by("id", "transactions__seq")
    if user is not None:
        accounts = accounts.filter(user=user)
    fields = ("id", "user__email", "balance", "created_at", *(f"transactions__{name}" for name in _ROW))
    return accounts.values_list(*fields).iterator()
