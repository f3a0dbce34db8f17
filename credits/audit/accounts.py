"""Does every account add up, and does everybody have one?"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef

from accounts.models import User
from credits.audit.fault import Fault
from credits.audit.running import Line, OpenHold, Stated, account_faults
from credits.models import Account, Hold, HoldStatus, Transaction

#: Rows that are read at once.
CHUNK = 2000
_STATED = (
    "balance", "held", "overdraft", "debt", "last_seq", "spent_on", "spent_today", "node_executions", "fee_charged_to",
)  # fmt: skip
_LINE = ("seq", "amount", "running_balance", "type", "key", "created_at", "reverses_id")
_WIDTH = 2 + len(_STATED)


def running(*, strict: bool) -> Iterator[Fault]:
    """Accounts that do not follow from their transactions and holds. One stream over the whole ledger."""
    holds = _open_holds()
    for (account_id, email, *stated), rows in groupby(_rows(), key=lambda row: row[:_WIDTH]):
        lines = (Line(*row[_WIDTH:]) for row in rows if row[_WIDTH] is not None)
        for problem in account_faults(Stated(*stated), lines, holds.get(account_id, ())):
            yield Fault(email, problem, account_id)


def missing(*, strict: bool) -> Iterator[Fault]:
    """Users without an account, and rows that belong to none."""
    for email in User.objects.filter(credit_account=None).values_list("email", flat=True).iterator():
        yield Fault(email, "the user has no credit account")
    there = Exists(Account.objects.filter(pk=OuterRef("account_id")))
    for model, name in ((Transaction, "transaction"), (Hold, "hold")):
        for row_id, account_id in model.objects.filter(~there).values_list("id", "account_id").iterator():
            yield Fault("", f"{name} {row_id} belongs to account {account_id}, which does not exist")


def _rows() -> Iterable[tuple[Any, ...]]:
    """Accounts with their transactions, None where there are none."""
    return (
        Account.objects.order_by("id", "transactions__seq")
        .values_list("id", "user__email", *_STATED, *(f"transactions__{name}" for name in _LINE))
        .iterator(chunk_size=CHUNK)
    )


def _open_holds() -> dict[UUID, list[OpenHold]]:
    """By account. They are as few as there are nodes running."""
    found: dict[UUID, list[OpenHold]] = defaultdict(list)
    rows = Hold.objects.filter(status=HoldStatus.OPEN).values_list("account_id", "amount", "created_at")
    for account_id, amount, created_at in rows.iterator(chunk_size=CHUNK):
        found[account_id].append(OpenHold(amount, created_at))
    return found
