"""What the hammer does. An operation follows from its number alone, so that any two who are given it try the same."""

import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID

from django.db import transaction

from credits import batch, holds, ledger
from credits.models import Account
from credits.outcomes import Refused
from reliability.errors import SluiceError

#: One operation in so many is a charge of EXACT_COST to the account whose balance must last exactly.
EXACT_EVERY = 10
EXACT_COST = 7

Blow = Callable[[UUID, int, int], None]


@dataclass
class Report:
    """What one process saw. acked: the numbers of operations that were not refused."""

    acked: list[int] = field(default_factory=list)
    verbs: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)
    slowest: float = 0.0  # seconds


def key_of(number: int) -> str:
    return f"hammer:{number}"


def is_exact(number: int) -> bool:
    return number % EXACT_EVERY == 0


def strike(accounts: Sequence[UUID], exact: UUID, numbers: Sequence[int]) -> Report:
    """Do these operations. Only the ledger's own refusals are not faults."""
    report = Report()
    for number in numbers:
        blow, account, amount = _operation(number, accounts, exact)
        begun = time.monotonic()
        try:
            blow(account, amount, number)
        except SluiceError as error:
            report.refused[error.code] += 1
        except Exception as error:
            report.faults.append(f"{blow.__name__} {number}: {error!r}")
        else:
            report.acked.append(number)
        report.verbs[blow.__name__] += 1
        report.slowest = max(report.slowest, time.monotonic() - begun)
    return report


def _operation(number: int, accounts: Sequence[UUID], exact: UUID) -> tuple[Blow, UUID, int]:
    if is_exact(number):
        return charge, exact, EXACT_COST
    mixed = number * 2654435761 % 2**32  # Knuth's multiplicative hash: verbs and accounts in no order
    return BLOWS[mixed % len(BLOWS)], accounts[mixed // 16 % len(accounts)], 1 + mixed // 1024 % 40


def charge(account: UUID, amount: int, number: int) -> None:
    ledger.charge(account, amount=amount, key=key_of(number), reason="", reference={"graph": f"{number % 5}"})


def hold_and_settle(account: UUID, amount: int, number: int) -> None:
    """The true cost is from nothing to twice what was set aside."""
    held = holds.hold(account, amount=amount, key=key_of(number), expires_at=_in_an_hour())
    holds.settle(held, cost=number % (2 * amount + 1), reason="")


def hold_and_release(account: UUID, amount: int, number: int) -> None:
    holds.release(holds.hold(account, amount=amount, key=key_of(number), expires_at=_in_an_hour()))


def grant(account: UUID, amount: int, number: int) -> None:
    ledger.grant(account, amount=amount, key=key_of(number), reason="")


def top_up(account: UUID, amount: int, number: int) -> None:
    ledger.top_up(account, amount=2 * amount, key=key_of(number), reason="")


def refund(account: UUID, amount: int, number: int) -> None:
    ledger.refund(account, amount=amount, key=key_of(number), reason="")


def adjust(account: UUID, amount: int, number: int) -> None:
    change = amount if number % 2 else -amount
    ledger.adjust(account, amount=change, key=key_of(number), reason="A correction")


def reverse(account: UUID, amount: int, number: int) -> None:
    taken = ledger.charge(account, amount=amount, key=key_of(number), reason="")
    ledger.reverse(taken, reason="A fault of ours")


def charge_many(account: UUID, amount: int, number: int) -> None:
    """Five charges, of which some may be refused; the first decides whether the operation was."""
    user_id = Account.objects.values_list("user_id", flat=True).get(pk=account)
    keys = [key_of(number), *(f"{key_of(number)}:{part}" for part in range(1, 5))]
    charges = [batch.Charge(1 + amount // 8, key, "") for key in keys]
    with transaction.atomic():
        first, *_ = batch.charge_many(user_id, charges, now=datetime.now(UTC))
    if isinstance(first, Refused):
        raise first.error


def _in_an_hour() -> datetime:
    return datetime.now(UTC) + timedelta(hours=1)


BLOWS: Sequence[Blow] = (
    charge, charge, charge, hold_and_settle, hold_and_release, grant, top_up, refund, adjust, reverse, charge_many,
)  # fmt: skip
