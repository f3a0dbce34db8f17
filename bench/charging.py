"""Charging in the database that the settings name: the ledger, then its floor, round after round."""

import contextlib
import gc
import itertools
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import psycopg
from django.core.management import call_command
from django.db import connection, transaction

from accounts.models import User
from credits.audit import audit
from credits.batch import Charge, charge_many
from credits.events import credit_events
from credits.ledger import charge, grant
from credits.models import Account
from credits.statements import MARKS, TRANSACTION
from reliability.ids import uuid7
from reliability.sql import adapters

WARM_UP = 2
ACCOUNTS = 50
BATCH = 50
#: Charges in a round.
CHARGES = 500
#: As the journal's charges are.
REFERENCE = {name: str(uuid7()) for name in ("execution", "node_execution", "graph", "block")}
PRICE = {"price": {"block": REFERENCE["block"], "version": 1, "rule": {"amount": 1, "type": "RUN", "divisor": 1}}}
REASON = "AI Text ran"

Way = Callable[[Account, Sequence[str]], None]
_numbers = itertools.count(1)


@dataclass(frozen=True)
class Case:
    """name: as the report says it. batch: charges in one transaction. way: how the ledger makes them.

    most: how many times the floor's time it may take.
    """

    name: str
    accounts: Sequence[Account]
    batch: int
    way: Way
    most: str


def measure(rounds: int) -> None:
    call_command("migrate", verbosity=0)
    credit_events.receivers = []
    accounts = [_open(number) for number in range(ACCOUNTS)]
    gc.freeze()  # as the worker does
    for case in (
        Case("charge, 1 account", accounts[:1], 1, one_by_one, "4.0"),
        Case(f"charge, {ACCOUNTS} accounts", accounts, 1, one_by_one, "4.0"),
        Case(f"batch of {BATCH}, 1 account", accounts[:1], BATCH, by_charge_many, "1.5"),
        Case(f"batch of {BATCH}, {ACCOUNTS} accounts", accounts, BATCH, by_charge_many, "1.5"),
    ):
        pairs = [(timed(case, case.way), timed(case, in_one_transaction)) for _ in range(rounds + WARM_UP)]
        report(case, pairs[WARM_UP:])
    assert audit() == []


def one_by_one(account: Account, keys: Sequence[str]) -> None:
    for key in keys:
        charge(account, amount=1, key=key, reason=REASON, reference=REFERENCE, metadata=PRICE)


def by_charge_many(account: Account, keys: Sequence[str]) -> None:
    wanted = [Charge(1, key, REASON, REFERENCE, PRICE) for key in keys]
    with transaction.atomic():
        charge_many(account.user_id, wanted, now=datetime.now(UTC))


def in_one_transaction(account: Account, keys: Sequence[str]) -> None:
    """The floor."""
    with transaction.atomic():
        bare(account, keys)


def bare(account: Account, keys: Sequence[str]) -> None:
    """Rows as the ledger's, by the driver alone."""
    mark, adapt = MARKS[connection.vendor], adapters(connection.vendor)
    update = (
        "UPDATE credits_account SET balance = balance - 1, last_seq = last_seq + 1, spent_today = spent_today + 1 "
        f"WHERE id = {mark} AND balance - held + overdraft >= 1 RETURNING last_seq, balance"
    )
    insert = (
        f"INSERT INTO credits_transaction ({', '.join(TRANSACTION)}) VALUES ({', '.join([mark] * len(TRANSACTION))})"
    )
    account_id, now = adapt.uuid(account.pk), adapt.moment(datetime.now(UTC))
    with _cursor() as cursor:
        for key in keys:
            cursor.execute(update, (account_id,))
            seq, balance = cursor.fetchone()
            about = (adapt.json(REFERENCE), REASON, None, None, adapt.json(PRICE), now)
            cursor.execute(insert, (adapt.uuid(uuid7()), account_id, seq, "USAGE", -1, balance, key, *about))


def timed(case: Case, way: Way) -> float:
    """Seconds of one charge."""
    wanted = list(_shares(case))
    gc.collect()
    begun = time.perf_counter()
    for account, keys in wanted:
        way(account, keys)
    return (time.perf_counter() - begun) / CHARGES


def _shares(case: Case) -> Iterator[tuple[Account, list[str]]]:
    """Account after account, with the new keys of one transaction each."""
    accounts = itertools.cycle(case.accounts)
    for _ in range(CHARGES // case.batch):
        yield next(accounts), [f"node-execution:{uuid7()}:{next(_numbers)}" for _ in range(case.batch)]


def report(case: Case, pairs: Sequence[tuple[float, float]]) -> None:
    ratio = statistics.median(ledger / floor for ledger, floor in pairs)
    ledger, floor = (statistics.median(column) for column in zip(*pairs, strict=True))
    print(
        f"  {case.name:24}{1e6 * ledger:12.1f}{1e6 * floor:12.1f}{ratio:8.2f}{case.most:>8}{1 / ledger:12.0f}",
        flush=True,
    )


def _open(number: int) -> Account:
    account: Account = User.objects.create_user(f"bench{number}@example.org").credit_account
    grant(account, amount=10**9, key="bench", reason="For the benchmark")
    return account


def _cursor() -> Any:
    raw = connection.connection
    return psycopg.Cursor(raw) if connection.vendor == "postgresql" else contextlib.closing(raw.cursor())
