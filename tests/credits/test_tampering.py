"""Whoever may do anything to the database, triggers lifted, still leaves a trace that the audit finds.

Each way is tried in a ledger of some thousand rows of twenty accounts, and undone afterwards. The audit must find it,
name the account, and freeze it and no other.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from django.conf import settings
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from credits import holds
from credits.audit import audit, audit_and_freeze
from credits.batch import Charge, charge_many
from credits.codes import create_code, redeem
from credits.ledger import adjust, grant, refund, reverse
from credits.models import Account, Transaction
from credits.orders import Count, Order, SetAside, Settle
from reliability.ids import uuid7
from tests.append_only import lifted

pytestmark = pytest.mark.django_db

ACCOUNTS = 20
FEW, MANY = 2_200, 100_000
BATCH = 250
VICTIM, BYSTANDER = "user7@example.org", "user8@example.org"
NOW = datetime(2026, 3, 9, 12, tzinfo=UTC)
SOON = NOW + timedelta(hours=1)


@dataclass(frozen=True)
class Way:
    """statements: SQL in which {victim}, {bystander} and {new} are ids. found: a part of what the audit then says."""

    statements: tuple[str, ...]
    found: str
    whose: tuple[str, ...] = (VICTIM,)


def way(*statements: str, found: str, whose: tuple[str, ...] = (VICTIM,)) -> Way:
    return Way(statements, found, whose)


def mended(row: str, change: int) -> tuple[str, ...]:
    """Change the amount of one row, and everything that follows from it in the same account."""
    later = f"(SELECT t.seq FROM credits_transaction t WHERE t.account_id = '{{victim}}' AND t.{row})"
    return (
        f"UPDATE credits_transaction SET running_balance = running_balance + {change} "
        f"WHERE account_id = '{{victim}}' AND seq >= {later}",
        f"UPDATE credits_transaction SET amount = amount + {change} WHERE account_id = '{{victim}}' AND {row}",
        f"UPDATE credits_account SET balance = balance + {change} WHERE id = '{{victim}}'",
    )


ROWS = "credits_transaction WHERE account_id = '{victim}'"
OF_VICTIM = "WHERE account_id = '{victim}'"
LAST = f"{OF_VICTIM} AND seq = (SELECT last_seq FROM credits_account WHERE id = '{{victim}}')"
SETTLEMENT = "key = 'settled:settle'"

WAYS = {
    "a charge is made cheaper": way(
        f"UPDATE credits_transaction SET amount = amount + 1 {OF_VICTIM} AND seq = 20", found="transaction 20 has a"
    ),
    "a running balance in the middle is raised": way(
        f"UPDATE credits_transaction SET running_balance = running_balance + 5 {OF_VICTIM} AND seq = 20",
        found="transaction 20 has a running balance",
    ),
    "the last running balance and the balance are raised": way(
        f"UPDATE credits_transaction SET running_balance = running_balance + 5 {LAST}",
        "UPDATE credits_account SET balance = balance + 5 WHERE id = '{victim}'",
        found="the sum of the transactions is",
    ),
    "the balance is raised": way(
        "UPDATE credits_account SET balance = balance + 1 WHERE id = '{victim}'", found="the balance is"
    ),
    "the newest transaction is deleted": way(f"DELETE FROM credits_transaction {LAST}", found="the newest transaction"),
    "a transaction in the middle is deleted": way(
        f"DELETE FROM {ROWS} AND seq = 20", found="transaction 21 follows 19"
    ),
    "one is deleted, and those after it move up": way(
        f"DELETE FROM {ROWS} AND seq = 20",
        f"UPDATE credits_transaction SET seq = -seq {OF_VICTIM} AND seq > 20",
        f"UPDATE credits_transaction SET seq = -seq - 1 {OF_VICTIM} AND seq < 0",
        "UPDATE credits_account SET last_seq = last_seq - 1 WHERE id = '{victim}'",
        found="transaction 20 has a running balance",
    ),
    "a grant is forged": way(
        "INSERT INTO credits_transaction (id, account_id, seq, type, amount, running_balance, key, reference, reason, "
        "metadata, created_at) SELECT '{new}', id, last_seq + 1, 'GRANT', 500, balance + 500, 'forged', '{{}}', '', "
        "'{{}}', '2026-03-09 12:00:00+00:00' FROM credits_account WHERE id = '{victim}'",
        found="the newest transaction",
    ),
    "a transaction is given to another account": way(
        "UPDATE credits_transaction SET account_id = '{bystander}', seq = 1 + (SELECT last_seq FROM credits_account "
        f"WHERE id = '{{bystander}}') {OF_VICTIM} AND seq = 20",
        found="transaction 21 follows 19",
        whose=(VICTIM, BYSTANDER),
    ),
    "two transactions change places": way(
        f"UPDATE credits_transaction SET seq = -20 {OF_VICTIM} AND seq = 20",
        f"UPDATE credits_transaction SET seq = 20 {OF_VICTIM} AND seq = 21",
        f"UPDATE credits_transaction SET seq = 21 {OF_VICTIM} AND seq = -20",
        found="transaction 20 has a running balance",
    ),
    "a number is left out": way(
        f"UPDATE credits_transaction SET seq = seq + 1 {LAST}",
        "UPDATE credits_account SET last_seq = last_seq + 1 WHERE id = '{victim}'",
        found="follows",
    ),
    "usage is called a refund": way(
        f"UPDATE credits_transaction SET type = 'REFUND' {OF_VICTIM} AND seq = 20", found="is a REFUND, not a USAGE"
    ),
    "what a code gave is called bought": way(
        f"UPDATE credits_transaction SET type = 'TOP_UP' {OF_VICTIM} AND key LIKE 'code:%'",
        found="is a TOP_UP, not a GRANT",
    ),
    "a code has given more, and all that follows is mended": way(
        *mended("key LIKE 'code:%'", 10), found="fits no code"
    ),
    "what settled a hold is made cheaper, and all that follows is mended": way(
        *mended(SETTLEMENT, 2), found="hold settled was settled by a transaction that does not fit"
    ),
    "the cost of a settled hold is lowered": way(
        f"UPDATE credits_hold SET cost = cost - 1 {OF_VICTIM} AND key = 'settled'", found="hold settled was settled"
    ),
    "a settled hold is called released": way(
        f"UPDATE credits_hold SET status = 'RELEASED', cost = NULL, transaction_id = NULL {OF_VICTIM} "
        "AND key = 'settled'",
        found="settles a hold that is not there or was not settled",
    ),
    "a settled hold is deleted": way(
        f"DELETE FROM credits_hold {OF_VICTIM} AND key = 'settled'",
        found="settles a hold that is not there or was not settled",
    ),
    "an open hold is deleted": way(f"DELETE FROM credits_hold {OF_VICTIM} AND key = 'open'", found="credits are held"),
    "an open hold is made smaller": way(
        f"UPDATE credits_hold SET amount = amount - 1 {OF_VICTIM} AND key = 'open'", found="credits are held"
    ),
    "an open hold is called expired": way(
        f"UPDATE credits_hold SET status = 'EXPIRED', closed_at = created_at {OF_VICTIM} AND key = 'open'",
        found="credits are held",
    ),
    "less is said to be held": way(
        "UPDATE credits_account SET held = held - 1 WHERE id = '{victim}'", found="credits are held"
    ),
    "an open hold is given to another account": way(
        "UPDATE credits_hold SET account_id = '{bystander}', key = 'taken' WHERE account_id = '{victim}' "
        "AND key = 'open'",
        found="credits are held",
        whose=(VICTIM, BYSTANDER),
    ),
    "a reversal takes something else back": way(
        f"UPDATE credits_transaction SET reverses_id = (SELECT t.id FROM {ROWS} AND t.seq = 21) {OF_VICTIM} "
        "AND reverses_id IS NOT NULL".replace("FROM credits_transaction WHERE", "FROM credits_transaction t WHERE"),
        found="is not the opposite of",
    ),
    "what was reversed is made cheaper, and all that follows is mended": way(
        *mended("key = 'to-reverse'", 1), found="is not the opposite of"
    ),
    "a debt is said to be larger": way(
        "UPDATE credits_account SET debt = debt + 1 WHERE id = '{victim}'", found="the debt is"
    ),
    "a fee is said to be charged": way(
        "UPDATE credits_account SET fee_charged_to = fee_charged_to + 100, node_executions = node_executions + 100 "
        "WHERE id = '{victim}'",
        found="the fee is charged up to node execution",
    ),
    "node executions are said to be fewer": way(
        "UPDATE credits_account SET node_executions = 0 WHERE id = '{victim}'", found="of 0 node executions"
    ),
    "a fee is called another one": way(
        f"UPDATE credits_transaction SET key = 'execution-fee:990000' {OF_VICTIM} AND key LIKE 'execution-fee:%' "
        "AND seq = (SELECT max(t.seq) FROM credits_transaction t WHERE t.account_id = '{victim}' "
        "AND t.key LIKE 'execution-fee:%')",
        found="the fee is charged up to node execution 990000",
    ),
    "more is said to be spent today": way(
        "UPDATE credits_account SET spent_today = 90000000 WHERE id = '{victim}'", found="90000000 credits count"
    ),
}


def build_ledger(rows: int) -> None:
    """Twenty accounts that have done everything, with about so many transactions."""
    _, text = create_code(amount=50, reason="Welcome", most_redemptions=ACCOUNTS)
    for number in range(ACCOUNTS):
        account: Account = User.objects.create_user(f"user{number}@example.org").credit_account
        grant(account, amount=rows * 10, key="start", reason="To begin with")
        redeem(account, code=text, now=NOW)
        _use(account, rows // ACCOUNTS - 8)
        reverse(adjust(account, amount=-3, key="to-reverse", reason="Odd"), reason="It was not")
        gone = rows * 20 if number == 3 else 1  # the fourth one is in debt
        refund(account, amount=gone, key="refunded", reason="Money went back")
    _let_postgres_look()


def _let_postgres_look() -> None:
    """It sees no row of an open transaction by itself, and would plan for the few that it last saw."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")


def _use(account: Account, charges: int) -> None:
    for start in range(0, charges, BATCH):
        orders: list[Charge | Order] = [_charge() for _ in range(min(BATCH, charges - start))]
        orders.append(Count(number=len(orders)))
        with transaction.atomic():
            charge_many(account.user_id, orders, now=NOW)
    with transaction.atomic():
        charge_many(account.user_id, list(_holds()), now=NOW)


def _charge() -> Charge:
    node = uuid7()
    reference = {"execution": str(uuid7()), "node_execution": str(node), "graph": str(uuid7()), "block": str(uuid7())}
    return Charge(3 + node.int % 4, f"node-execution:{node}", "Echo ran", reference)


def _holds() -> Iterator[Order]:
    for key in ("settled", "open", "free"):
        yield SetAside(amount=9, key=key, expires_at=SOON)
    yield Settle(hold_key="settled", cost=7, key="settled:settle", reason="Metered")
    yield Settle(hold_key="free", cost=0, key="free:settle", reason="Nothing")


def tamper(way: Way) -> None:
    ids = {"victim": _id(VICTIM), "bystander": _id(BYSTANDER), "new": uuid7().hex}
    with lifted(connection), connection.cursor() as cursor:
        for statement in way.statements:
            cursor.execute(statement.format(**ids))
            assert cursor.rowcount, statement


def _id(email: str) -> str:
    """As both databases read it."""
    account_id: UUID = Account.objects.get(user__email=email).pk
    return account_id.hex


def traces(way: Way) -> tuple[list[str], set[str], set[str]]:
    """What is found, whom it names, and who is frozen; then everything is as before."""
    with transaction.atomic():
        tamper(way)
        faults = audit_and_freeze()
        frozen = set(Account.objects.exclude(frozen_at=None).values_list("user__email", flat=True))
        transaction.set_rollback(True)
    return [str(fault) for fault in faults], {fault.email for fault in faults}, frozen


def assert_every_way_is_found(rows: int) -> None:
    build_ledger(rows)
    assert Transaction.objects.count() > rows * 0.95
    assert Account.objects.filter(debt__gt=0).count() == 1
    assert rows // ACCOUNTS >= settings.EXECUTION_FEE_EVERY
    assert audit(strict=True) == []
    for name, one in WAYS.items():
        found, named, frozen = traces(one)
        assert any(one.found in problem for problem in found), (name, found)
        assert named == frozen == set(one.whose), (name, found)
    assert audit(strict=True) == []


def test_there_are_at_least_twenty_ways() -> None:
    assert len(WAYS) >= 20


def test_every_way_to_tamper_with_the_ledger_is_found() -> None:
    assert_every_way_is_found(FEW)


@pytest.mark.slow
def test_every_way_to_tamper_with_a_large_ledger_is_found() -> None:
    assert_every_way_is_found(MANY)


def test_the_audit_asks_as_often_however_large_the_ledger_is() -> None:
    """It streams: no question for each account or transaction."""
    asked = []
    for number in (5, 10):
        for index in range(number):
            account: Account = User.objects.create_user(f"n{number}-{index}@example.org").credit_account
            grant(account, amount=50, key="start", reason="")
            holds.hold(account, amount=5, key="h", expires_at=SOON)
        with CaptureQueriesContext(connection) as queries:
            assert audit() == []
        asked.append(len(queries))
    assert asked[0] == asked[1]
