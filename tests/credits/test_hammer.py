"""Sixteen processes use every verb at once, each key twice, and the ledger adds up."""

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from typing import Any

import pytest
from django.conf import settings

from accounts.models import User
from credits.ledger import grant
from credits.models import Account, Hold, HoldStatus, Transaction
from tests.credits.blows import EXACT_COST, EXACT_EVERY, is_exact, key_of
from tests.credits.cast import assert_adds_up
from tests.executor.processes import database_url, kill
from tests.house.processes import ROOT, environment

PROCESSES = 16
OPERATIONS = 10_000
ACCOUNTS = 8
#: So much that most is paid for, and so little that some is not.
CREDITS_AT_FIRST = 4_000

pytestmark = pytest.mark.django_db(transaction=True)


def test_ledger_adds_up_under_the_hammer(capsys: pytest.CaptureFixture[str]) -> None:
    hammer(OPERATIONS, capsys)


@pytest.mark.slow
def test_ledger_adds_up_under_a_long_hammer(capsys: pytest.CaptureFixture[str]) -> None:
    hammer(10 * OPERATIONS, capsys)


def hammer(operations: int, capsys: pytest.CaptureFixture[str]) -> None:
    """An operation is tried by two processes that come to it at about the same time."""
    exact_successes = operations // EXACT_EVERY * 3 // 5
    exact = account_with(exact_successes * EXACT_COST + EXACT_COST - 1)
    accounts = [account_with(CREDITS_AT_FIRST) for _ in range(ACCOUNTS)]
    reports, seconds = strike(accounts, exact, shares(operations))
    with capsys.disabled():
        sys.stdout.write(f"\n{in_words(reports, 2 * operations, seconds)}\n")
    assert [fault for report in reports for fault in report["faults"]] == []
    acked = {number for report in reports for number in report["acked"]}
    assert sum(map(is_exact, acked)) == exact_successes
    assert Account.objects.get(pk=exact.pk).balance == EXACT_COST - 1
    assert_stored_is_what_was_acked(acked, operations)
    assert not Hold.objects.filter(status=HoldStatus.OPEN).exists()
    assert set(Account.objects.values_list("held", flat=True)) == {0}
    assert_adds_up()


def assert_stored_is_what_was_acked(acked: set[int], operations: int) -> None:
    """What nobody was told of is not there, and what anybody was told of is."""
    keys = {*Transaction.objects.values_list("key", flat=True), *Hold.objects.values_list("key", flat=True)}
    assert {number for number in range(operations) if key_of(number) in keys} == acked


def account_with(credits: int) -> Account:
    user = User.objects.create_user(f"user{User.objects.count()}@example.org")
    account: Account = user.credit_account
    grant(account, amount=credits, key="start", reason="To begin with")
    return account


def shares(operations: int) -> list[list[int]]:
    """Which operations each process does: its own, and in between those of its neighbour."""
    own = [list(range(process, operations, PROCESSES)) for process in range(PROCESSES)]
    return [
        [number for pair in zip(own[process], own[process - 1], strict=False) for number in pair]
        for process in range(PROCESSES)
    ]


def strike(accounts: Sequence[Account], exact: Account, shares: list[list[int]]) -> tuple[list[dict[str, Any]], float]:
    """Reports of all processes, and the seconds from the first blow to the last."""
    orders = {"accounts": [str(account.pk) for account in accounts], "exact": str(exact.pk), "shares": shares}
    env = environment(
        settings.HOME,
        DATABASE_URL=database_url(),
        PYTHONPATH=os.pathsep.join([str(ROOT), str(ROOT / "platform")]),
        LOG_LEVEL="CRITICAL",
    )
    command = [sys.executable, "-m", "tests.credits.hammer"]
    with subprocess.Popen(
        command, env=env, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True
    ) as hammer:
        try:
            answer = json.loads(hammer.communicate(json.dumps(orders).encode() + b"\n", timeout=1800)[0])
        finally:
            kill(hammer)
    return answer["reports"], answer["seconds"]


def in_words(reports: Sequence[dict[str, Any]], calls: int, seconds: float) -> str:
    verbs, refused = Counter[str](), Counter[str]()
    for report in reports:
        verbs.update(report["verbs"])
        refused.update(report["refused"])
    slowest = max(report["slowest"] for report in reports)
    return (
        f"{calls} operations by {len(reports)} processes in {seconds:.1f} s: {calls / seconds:.0f} per second, the "
        f"slowest {slowest:.2f} s\n  {dict(sorted(verbs.items()))}\n  refused: {dict(sorted(refused.items()))}"
    )
