"""The exported ledger, read again by a program that knows nothing of ours."""

import csv
import re
import shutil
import subprocess
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from accounts.models import User
from credits.export import Line, Owner, account_name, section
from credits.holds import hold, settle
from credits.ledger import adjust, card_check, charge, grant, refund, reverse, top_up
from credits.models import Account
from tests.append_only import lifted
from tests.credits.cast import ada

pytestmark = pytest.mark.django_db

POSTING = re.compile(r" {4}(\S+)  (-?\d+) credits(?: = (-?\d+) credits)?")
TITLE = re.compile(r"\d{4}-\d\d-\d\d [^;\n]*")
HLEDGER = shutil.which("hledger")
AWKWARD = 'line\nbreak; a comment\ttab "quotes" (code) * ! | Ünï ☃\x85'


class Disagrees(Exception):
    """The file contradicts itself."""


def reread(text: str) -> Counter[str]:
    """`{account: credits}`. Written for this test: each transaction is balanced, each assertion holds."""
    balances: Counter[str] = Counter()
    for block in text.split("\n\n"):
        lines = [line for line in block.splitlines() if not line.startswith(("account ", "commodity ", ";"))]
        if not lines:
            continue
        if not TITLE.fullmatch(lines[0]):
            raise Disagrees(lines[0])
        total = 0
        for line in lines[1:]:
            found = POSTING.fullmatch(line)
            if found is None:
                raise Disagrees(line)
            account, amount, asserted = found.groups()
            total += int(amount)
            balances[account] += int(amount)
            if asserted is not None and balances[account] != int(asserted):
                raise Disagrees(f"{line}, but it is {balances[account]}")
        if total:
            raise Disagrees(f"{lines[0]} is not balanced")
    return balances


def told_by_hledger(program: str, path: Path) -> Counter[str]:
    subprocess.run([program, "-f", path, "check", "--strict"], check=True)
    report = [program, "-f", path, "balance", "--empty", "--flat", "--no-total", "--output-format", "csv"]
    told = subprocess.run(report, check=True, capture_output=True, text=True).stdout
    rows = list(csv.reader(told.splitlines()))[1:]
    return Counter({account: int(amount.removesuffix(" credits")) for account, amount in rows})


def book() -> Account:
    """Ada, with one of everything; Grace, with an address of the awkward kind; and an account without transactions."""
    account = ada(1000)
    top_up(account, amount=500, key="t", reason=AWKWARD)
    mistake = charge(account, amount=30, key="u", reason="AI Text; model")
    reverse(mistake, reason="(ours)")
    refund(account, amount=200, key="r", reason="* back")
    card_check(account, key="c", reason="")
    adjust(account, amount=-7, key="a", reason="! Given by mistake")
    later = datetime.now(UTC) + timedelta(hours=1)
    settle(hold(account, amount=10, key="h", expires_at=later), cost=12, reason="AI Text")
    hold(account, amount=99, key="open", expires_at=later)
    grace = User.objects.create_user("o'grace:x;y@example.org").credit_account
    grant(grace, amount=7, key="g", reason="")
    User.objects.create_user("new@example.org")
    return account


def exported(path: Path, **options: str) -> str:
    call_command("export_ledger", output=str(path), **options)
    return path.read_text()


def test_exported_balances_are_the_ledgers(tmp_path: Path) -> None:
    account = book()
    balances = reread(exported(tmp_path / "ledger.journal"))
    account.refresh_from_db()
    assert account.balance == 1000 + 500 - 200 - 7 - 12
    assert balances["liabilities:credits:ada@example.org"] == -account.balance
    grace = Account.objects.get(user__email="o'grace:x;y@example.org")
    assert balances[f"liabilities:credits:o_grace_x_y@example.org-{grace.pk}"] == -7
    assert balances["liabilities:credits:new@example.org"] == 0
    assert balances["income:usage"] == -12
    assert balances["equity:grants"] == 1007
    assert balances["assets:bank"] == 300
    assert balances["equity:adjustments"] == -7
    assert sum(balances.values()) == 0


def test_file_is_the_same_to_hledger_where_it_is_installed(tmp_path: Path) -> None:
    book()
    path = tmp_path / "ledger.journal"
    balances = reread(exported(path))
    assert HLEDGER is None or told_by_hledger(HLEDGER, path) == balances


@pytest.mark.parametrize(
    "corruption",
    [
        "UPDATE credits_transaction SET amount = amount + 1 WHERE key = 't'",
        "UPDATE credits_transaction SET running_balance = running_balance + 1 WHERE key = 't'",
        "DELETE FROM credits_transaction WHERE key = 'c2'",
        "UPDATE credits_account SET balance = balance + 1 WHERE last_seq = 9",
    ],
)
def test_ledger_that_does_not_add_up_makes_a_file_that_does_not(tmp_path: Path, corruption: str) -> None:
    charge(book(), amount=1, key="c2", reason="")
    with lifted(connection), connection.cursor() as cursor:
        cursor.execute(corruption)
        assert cursor.rowcount == 1
    with pytest.raises(Disagrees):
        reread(exported(tmp_path / "ledger.journal"))


def test_one_users_ledger_is_exported_alone(tmp_path: Path) -> None:
    book()
    balances = reread(exported(tmp_path / "ledger.journal", user="ADA@example.org"))
    assert [name for name in balances if name.startswith("liabilities:")] == ["liabilities:credits:ada@example.org"]


def test_ledger_goes_to_standard_output_by_default(capsys: pytest.CaptureFixture[str]) -> None:
    ada(5)
    call_command("export_ledger", format="hledger")
    assert reread(capsys.readouterr().out)["liabilities:credits:ada@example.org"] == -5


def test_unknown_user_and_unwritable_file_are_refused(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="no user grace"):
        call_command("export_ledger", user="grace@example.org")
    with pytest.raises(CommandError, match="cannot be written"):
        call_command("export_ledger", output=str(tmp_path / "no" / "folder"))


def test_days_never_go_back_within_an_account() -> None:
    owner = Owner(UUID(int=1), "ada@example.org", 3, date(2026, 1, 1))
    days = [datetime(2026, 1, 3, tzinfo=UTC), datetime(2026, 1, 2, 23, tzinfo=UTC)]
    lines = [Line(uuid4(), "GRANT", 1, 1, "", days[0]), Line(uuid4(), "GRANT", 2, 3, "", days[1])]
    written = "".join(section(owner, lines))
    assert re.findall(r"^\d{4}-\d\d-\d\d", written, re.MULTILINE) == ["2026-01-03"] * 3


def test_addresses_that_would_look_alike_get_names_of_their_own() -> None:
    names = {account_name(Owner(uuid4(), email, 0, date(2026, 1, 1))) for email in ("a b@x", "a:b@x", "a_b@x")}
    assert len(names) == 3
