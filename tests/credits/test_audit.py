"""The audit finds whatever does not add up."""

import pytest
from django.core.management import call_command
from django.db import connection

from accounts.models import User
from credits.append_only import unprotect
from credits.audit import Line, account_faults, audit
from credits.ledger import charge, grant
from tests.append_only import lifted
from tests.credits.cast import ada

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _ledger() -> None:
    """Ada: +100 −30 −20 +5; Grace: +7; an admin without transactions."""
    account = ada(100)
    charge(account, amount=30, key="a", reason="")
    charge(account, amount=20, key="b", reason="")
    grant(account, amount=5, key="c", reason="")
    grant(User.objects.create_user("grace@example.org").credit_account, amount=7, key="d", reason="")
    User.objects.create_superuser("root@example.org")


def corrupt(statement: str) -> None:
    with lifted(connection), connection.cursor() as cursor:
        cursor.execute(statement)


def test_sound_ledger_has_no_faults(capsys: pytest.CaptureFixture[str]) -> None:
    assert audit() == []
    call_command("audit")
    assert capsys.readouterr().out == "The ledger adds up.\n"


@pytest.mark.parametrize(
    ("corruption", "found"),
    [
        ("UPDATE credits_transaction SET amount = amount + 1 WHERE key = 'a'", "running balance of 70, its sum is 71"),
        ("UPDATE credits_transaction SET amount = amount - 1 WHERE key = 'c'", "the sum of the transactions is 54"),
        ("UPDATE credits_transaction SET amount = -amount WHERE key = 'a'", "running balance of 70, its sum is 130"),
        ("UPDATE credits_transaction SET running_balance = 71 WHERE key = 'a'", "has a running balance of 71"),
        ("UPDATE credits_transaction SET running_balance = 54 WHERE key = 'c'", "has a running balance of 54"),
        ("UPDATE credits_transaction SET seq = 9 WHERE key = 'c'", "transaction 9 follows 3"),
        ("DELETE FROM credits_transaction WHERE key = 'start'", "transaction 2 follows 0"),
        ("DELETE FROM credits_transaction WHERE key = 'b'", "transaction 4 follows 2"),
        ("DELETE FROM credits_transaction WHERE key = 'c'", "the newest transaction is 3, the account says 4"),
        ("DELETE FROM credits_transaction WHERE key = 'd'", "the balance is 7, the sum of the transactions is 0"),
        ("UPDATE credits_account SET balance = 56 WHERE balance = 55", "the balance is 56, the sum"),
        ("UPDATE credits_account SET balance = 1 WHERE last_seq = 0", "the balance is 1, the sum of the"),
        (
            "UPDATE credits_account SET last_seq = 5 WHERE balance = 55",
            "the newest transaction is 4, the account says 5",
        ),
        (
            "UPDATE credits_transaction SET seq = 5, account_id = (SELECT account_id FROM credits_transaction "
            "WHERE key = 'a') WHERE key = 'd'",
            "transaction 5 has a running balance of 7, its sum is 62",
        ),
        (
            "UPDATE credits_transaction SET amount = CASE key WHEN 'a' THEN -20 ELSE -30 END WHERE key IN ('a', 'b')",
            "transaction 2 has a running balance of 70, its sum is 80",
        ),
    ],
)
def test_each_corruption_is_found(corruption: str, found: str) -> None:
    corrupt(corruption)
    assert any(found in str(fault) for fault in audit()), [str(fault) for fault in audit()]


def test_fault_names_the_account_and_spares_the_others() -> None:
    corrupt("UPDATE credits_account SET balance = 56 WHERE balance = 55")
    assert [str(fault) for fault in audit()] == [
        "ada@example.org: the balance is 56, the sum of the transactions is 55"
    ]


def test_missing_triggers_are_a_fault() -> None:
    unprotect(connection)
    assert [str(fault) for fault in audit()] == ["The triggers that make credits_transaction append-only are missing."]


def test_command_prints_a_line_for_each_fault_and_fails(capsys: pytest.CaptureFixture[str]) -> None:
    corrupt("DELETE FROM credits_transaction WHERE key = 'd'")
    with pytest.raises(SystemExit) as end:
        call_command("audit")
    assert end.value.code == 1
    assert capsys.readouterr().out.splitlines() == [
        "grace@example.org: the newest transaction is 0, the account says 1",
        "grace@example.org: the balance is 7, the sum of the transactions is 0",
    ]


def test_account_without_transactions_must_be_empty() -> None:
    assert list(account_faults(0, 0, [])) == []
    assert list(account_faults(5, 0, [])) == ["the balance is 5, the sum of the transactions is 0"]


def test_each_wrong_running_balance_is_named() -> None:
    lines = [Line(1, 10, 10), Line(2, -3, 8), Line(3, -3, 5)]
    assert len(list(account_faults(4, 3, lines))) == 2
