"""The audit finds whatever does not add up in the ledger itself, and freezes the accounts that it is about."""

import threading
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.db.models import CheckConstraint, Q
from pytest_django import DjangoCaptureOnCommitCallbacks

from accounts.models import User
from credits.append_only import unprotect
from credits.audit import Fault, audit, audit_and_freeze, checks
from credits.audit.auditing import freeze_reason
from credits.audit.forbidden import repeats
from credits.audit.running import Line, OpenHold, Stated, account_faults
from credits.events import AccountFroze, AuditFailed, credit_events
from credits.freezing import unfreeze
from credits.ledger import charge, grant
from credits.models import Account, Hold, Transaction
from tests.append_only import lifted
from tests.credits.cast import ada

pytestmark = pytest.mark.django_db

HARMLESS = {
    "sqlite": (
        "DROP TRIGGER credits_transaction_no_update",
        "CREATE TRIGGER credits_transaction_no_update BEFORE UPDATE ON credits_transaction BEGIN SELECT 1; END",
    ),
    "postgresql": (
        "CREATE OR REPLACE FUNCTION credits_transaction_refuse() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RETURN NEW; END $$",
    ),
}
#: How to let a row in that a check forbids, and how to end that. PostgreSQL's test is rolled back.
UNCHECKED = {
    "sqlite": ("PRAGMA ignore_check_constraints = ON", "PRAGMA ignore_check_constraints = OFF"),
    "postgresql": ("ALTER TABLE credits_account DROP CONSTRAINT account_overdraft_not_negative", "SELECT 1"),
}
NOON = datetime(2026, 3, 9, 12, tzinfo=UTC)


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


def frozen() -> list[str]:
    return list(Account.objects.exclude(frozen_at=None).values_list("user__email", flat=True))


def test_sound_ledger_has_no_faults(capsys: pytest.CaptureFixture[str]) -> None:
    assert audit() == audit(strict=True) == []
    call_command("audit")
    assert capsys.readouterr().out == "The ledger adds up.\n"
    assert frozen() == []


def test_fault_names_the_account_and_spares_the_others() -> None:
    corrupt("UPDATE credits_account SET balance = 56 WHERE balance = 55")
    assert [str(fault) for fault in audit()] == [
        "ada@example.org: the balance is 56, the sum of the transactions is 55",
        "ada@example.org: the balance is 56, the last running balance is 55",
    ]


def test_missing_triggers_are_a_fault() -> None:
    unprotect(connection)
    assert [str(fault) for fault in audit()] == ["The triggers that make credits_transaction append-only are missing."]


def test_triggers_that_refuse_nothing_any_more_are_a_fault() -> None:
    """They have their names still."""
    with connection.cursor() as cursor:
        for statement in HARMLESS[connection.vendor]:
            cursor.execute(statement)
    assert [fault.problem for fault in audit()] == [
        "The triggers that make credits_transaction append-only are missing."
    ]


def test_a_constraint_that_was_dropped_is_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    """SQLite cannot drop one, so here the models declare one more."""
    more = CheckConstraint(condition=Q(amount__gt=0), name="never_made")
    monkeypatch.setattr(Hold._meta, "constraints", [*Hold._meta.constraints, more])
    assert [str(fault) for fault in audit()] == ["The constraint never_made of credits_hold is missing."]


def test_a_row_that_came_in_while_a_check_was_lifted_is_a_fault() -> None:
    lift, put_back = UNCHECKED[connection.vendor]
    connection.check_constraints()  # PostgreSQL alters no table whose foreign keys wait to be checked
    with connection.cursor() as cursor:
        cursor.execute(lift)
        cursor.execute("UPDATE credits_account SET overdraft = -1 WHERE balance = 7")
        cursor.execute(put_back)
    pk = Account.objects.get(balance=7).pk
    assert f"grace@example.org: account {pk} breaks account_overdraft_not_negative" in map(str, audit())


def test_what_must_be_unique_in_an_account_is_a_fault_when_it_is_not() -> None:
    """The database refuses two of the same key, so two of the same type stand for them."""
    found = sorted(map(str, repeats(Transaction, ("account", "type"), "made_up")))
    assert found == [
        "ada@example.org: transaction GRANT is there 2 times (made_up)",
        "ada@example.org: transaction USAGE is there 2 times (made_up)",
    ]


def test_a_user_without_an_account_is_a_fault() -> None:
    corrupt("DELETE FROM credits_account WHERE last_seq = 0")
    assert [str(fault) for fault in audit()] == ["root@example.org: the user has no credit account"]


def test_transactions_of_an_account_that_is_not_there_are_a_fault() -> None:
    account = Account.objects.get(balance=7)
    with transaction.atomic():
        corrupt("DELETE FROM credits_account WHERE balance = 7")
        problems = [str(fault) for fault in audit()]
        transaction.set_rollback(True)
    assert problems[0] == "grace@example.org: the user has no credit account"
    assert f"belongs to account {account.pk}, which does not exist" in problems[1]


def test_command_prints_a_line_for_each_fault_freezes_and_fails(capsys: pytest.CaptureFixture[str]) -> None:
    corrupt("DELETE FROM credits_transaction WHERE key = 'd'")
    with pytest.raises(SystemExit) as end:
        call_command("audit")
    assert end.value.code == 1
    assert capsys.readouterr().out.splitlines() == [
        "grace@example.org: the newest transaction is 0, the account says 1",
        "grace@example.org: the balance is 7, the sum of the transactions is 0",
        "grace@example.org: the balance is 7, the last running balance is 0",
    ]
    assert frozen() == ["grace@example.org"]


# --- what follows from a fault


def told(capture: DjangoCaptureOnCommitCallbacks) -> list[object]:
    """What operators hear of one audit."""
    heard: list[object] = []

    def hear(event: object, **kwargs: object) -> None:
        heard.append(event)

    credit_events.connect(hear)
    try:
        with capture(execute=True):
            audit_and_freeze()
    finally:
        credit_events.disconnect(hear)
    return heard


def test_an_account_is_frozen_and_told_once(
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    corrupt("UPDATE credits_account SET balance = 56 WHERE balance = 55")
    reason = "The audit found: the balance is 56, the sum of the transactions is 55. And 1 more."
    ada_id = str(User.objects.get(email="ada@example.org").pk)
    assert told(django_capture_on_commit_callbacks) == [AccountFroze(user_id=ada_id, reason=reason)]
    assert told(django_capture_on_commit_callbacks) == []
    assert frozen() == ["ada@example.org"]


def test_an_account_that_is_unfrozen_without_being_mended_is_frozen_again(
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    corrupt("UPDATE credits_account SET balance = 56 WHERE balance = 55")
    audit_and_freeze()
    unfreeze(Account.objects.get(user__email="ada@example.org"), reason="It looked well")
    assert len(told(django_capture_on_commit_callbacks)) == 1
    assert frozen() == ["ada@example.org"]


def test_a_fault_of_no_account_freezes_nobody_and_is_told_each_time(
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    unprotect(connection)
    problem = "The triggers that make credits_transaction append-only are missing."
    expected: list[object] = [AuditFailed(faults=1, problems=(problem,))]
    assert told(django_capture_on_commit_callbacks) == told(django_capture_on_commit_callbacks) == expected
    assert frozen() == []


def test_the_reason_of_a_freeze_fits_however_much_was_found() -> None:
    assert freeze_reason(["a is b"]) == "The audit found: a is b."
    assert len(freeze_reason(["x" * 900] * 3)) == 500


# --- one state of the database


@pytest.mark.django_db(transaction=True)
def test_an_audit_reads_one_state_whatever_is_committed_meanwhile(monkeypatch: pytest.MonkeyPatch) -> None:
    """Between two of its checks another connection charges, and neither waits for the other."""
    account = Account.objects.get(user__email="ada@example.org")
    seen: list[int] = []

    def look(*, strict: bool) -> Iterable[Fault]:
        seen.append(Account.objects.get(pk=account.pk).balance)
        return []

    def spend(*, strict: bool) -> Iterable[Fault]:
        thread = threading.Thread(target=charge_elsewhere, args=(account,))
        thread.start()
        thread.join(10)
        seen.append(int(thread.is_alive()))
        return []

    monkeypatch.setattr(checks, "_registered", [look, spend, look])
    assert audit() == []
    assert seen == [55, 0, 55]
    assert Account.objects.get(pk=account.pk).balance == 54


def charge_elsewhere(account: Account) -> None:
    try:
        charge(account.pk, amount=1, key="meanwhile", reason="")
    finally:
        connection.close()


@pytest.mark.django_db(transaction=True)
def test_an_audit_leaves_no_transaction_open() -> None:
    assert audit() == []
    assert not connection.in_atomic_block
    with transaction.atomic():
        assert audit() == []


# --- the decision itself


def stated(balance: int = 0, last_seq: int = 0, **others: object) -> Stated:
    return Stated(**{"held": 0, "overdraft": 0, "debt": 0, "spent_on": None, "spent_today": 0, "node_executions": 0,
                     "fee_charged_to": 0, "balance": balance, "last_seq": last_seq} | others)  # type: ignore[arg-type]  # fmt: skip


def line(seq: int, amount: int, running: int, *, key: str = "k", type: str = "USAGE") -> Line:
    return Line(seq, amount, running, type, key, NOON)


def test_account_without_transactions_must_be_empty() -> None:
    assert list(account_faults(stated(), [])) == []
    assert list(account_faults(stated(balance=5), [])) == [
        "the balance is 5, the sum of the transactions is 0",
        "the balance is 5, the last running balance is 0",
    ]


def test_each_wrong_running_balance_is_named_and_taints_none_after_it() -> None:
    lines = [line(1, 10, 10), line(2, -3, 8), line(3, -3, 5), line(4, 1, 6)]
    assert list(account_faults(stated(balance=6, last_seq=4), lines)) == [
        "transaction 2 has a running balance of 8, its sum is 7",
        "the balance is 6, the sum of the transactions is 5",
    ]


@pytest.mark.parametrize("number", [1.5, "1", None])
def test_what_is_no_whole_number_is_a_fault_and_no_crash(number: object) -> None:
    lines = [line(1, number, 1)]  # type: ignore[arg-type]
    assert "holds what is no whole number" in next(account_faults(stated(), lines))


@pytest.mark.parametrize(
    ("key", "type", "problem"),
    [
        ("node-execution:1", "REFUND", "is a REFUND, not a USAGE"),
        ("code:1", "TOP_UP", "is a TOP_UP, not a GRANT"),
        ("monthly-refill:2026-01", "ADJUSTMENT", "is a ADJUSTMENT, not a GRANT"),
        ("execution-fee:100", "USAGE", "the fee is charged up to node execution 100, the account says 0"),
        ("execution-fee:x", "USAGE", "(execution-fee:x) follows the fee up to node execution 0"),
    ],
)
def test_a_key_says_what_its_transaction_is(key: str, type: str, problem: str) -> None:
    problems = list(account_faults(stated(balance=5, last_seq=1), [line(1, 5, 5, key=key, type=type)]))
    assert [found for found in problems if problem in found], problems


def test_fees_follow_one_another_whatever_the_setting_was() -> None:
    lines = [line(1, -1, -1, key="execution-fee:100"), line(2, -1, -2, key="execution-fee:150")]
    sound = stated(balance=-2, last_seq=2, overdraft=2, fee_charged_to=150, node_executions=180)
    assert list(account_faults(sound, lines)) == []
    assert list(account_faults(sound, reversed(lines)))
    few = stated(balance=-2, last_seq=2, overdraft=2, fee_charged_to=150, node_executions=149)
    assert list(account_faults(few, lines)) == ["the fee is charged up to 150 of 149 node executions"]


@pytest.mark.parametrize(("spent", "faults"), [(0, 0), (8, 0), (9, 1), (-1, 1)])
def test_no_more_counts_against_a_day_than_was_charged_and_set_aside_on_it(spent: int, faults: int) -> None:
    """Less may: what was set aside on one day may end on another."""
    today = stated(balance=2, last_seq=2, held=5, overdraft=9, spent_on=date(2026, 3, 9), spent_today=spent)
    lines = [line(1, 5, 5, type="GRANT"), line(2, -3, 2)]
    holds = [OpenHold(5, NOON)]
    assert len(list(account_faults(today, lines, holds))) == faults
    yesterday = [OpenHold(5, NOON - timedelta(days=1))]
    assert len(list(account_faults(today, lines, yesterday))) == (0 if 0 <= spent <= 3 else 1)


@pytest.mark.parametrize(("debt", "faults"), [(0, 1), (4, 0), (5, 1)])
def test_a_debt_is_what_the_account_is_below_its_overdraft(debt: int, faults: int) -> None:
    lines = [line(1, -7, -7, type="REFUND")]
    assert len(list(account_faults(stated(balance=-7, last_seq=1, overdraft=3, debt=debt), lines))) == faults


def test_a_fault_reads_well_with_and_without_an_account() -> None:
    assert str(Fault("ada@example.org", "is wrong")) == "ada@example.org: is wrong"
    assert str(Fault("", "All is wrong.")) == "All is wrong."
