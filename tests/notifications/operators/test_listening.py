"""What operators hear of the ledger."""

import logging
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from accounts.models import User
from credits.audit import audit_and_freeze
from credits.errors import InsufficientBalance
from credits.events import AuditFailed, KeyConflict, publish
from credits.freezing import freeze
from credits.ledger import charge, grant
from credits.models import Account
from notifications.operators.models import AlertChannel, OperatorAlert
from tests.factories import make_user

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def account() -> Account:
    user = make_user(credits=100)
    Account.objects.filter(user=user).update(low_balance_threshold=50)
    return Account.objects.get(user=user)


def run_dry(account: Account, *, graph: str = "", key: str = "k") -> None:
    with pytest.raises(InsufficientBalance):
        charge(account, amount=1000, key=key, reason="For a test", reference={"graph": graph} if graph else {})


def told(channel: AlertChannel = AlertChannel.PRODUCT) -> list[OperatorAlert]:
    return list(OperatorAlert.objects.filter(channel=channel).order_by("id"))


def test_a_shortage_is_told_with_all_that_operators_need(account: Account) -> None:
    run_dry(account, graph="g")
    (alert,) = told()
    assert alert.title == "Insufficient Funds Alert"
    assert alert.text.splitlines() == [
        "User: ada@example.org",
        "Agent: g",
        "Balance: 100 ($1.00)",
        "Attempted cost: 1,000 ($10.00)",
        "Shortfall: 900 ($9.00)",
    ]
    assert alert.link == "/admin/credits/spending/?user=ada%40example.org"


def test_it_is_told_once_for_each_user_and_graph_until_credits_come_in(account: Account) -> None:
    for number in range(30):
        run_dry(account, graph="g", key=f"k{number}")
    assert len(told()) == 1
    run_dry(account, graph="other", key="o")
    assert len(told()) == 2

    OperatorAlert.objects.update(state="SENT")
    grant(account, amount=1, key="more", reason="For a test")
    run_dry(account, graph="g", key="again")
    assert len(told()) == 3


def test_a_shortage_that_is_undone_is_not_told(account: Account) -> None:
    with transaction.atomic():
        run_dry(account)
        transaction.set_rollback(True)
    assert told() == []


def test_a_low_balance_is_told_when_it_is_crossed(account: Account) -> None:
    charge(account, amount=40, key="a", reason="For a test")
    assert told() == []
    charge(account, amount=20, key="b", reason="For a test")
    charge(account, amount=5, key="c", reason="For a test")
    (alert,) = told()
    assert (alert.title, "Balance: 40 ($0.40)" in alert.text) == ("Low Balance Alert", True)


def test_a_charge_goes_through_although_operators_cannot_be_told(
    account: Account, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(execute: Any, sql: str, *arguments: Any) -> Any:
        if "operators_operatoralert" in sql:
            raise DatabaseError("away")
        return execute(sql, *arguments)

    with connection.execute_wrapper(refuse):
        charge(account, amount=60, key="a", reason="For a test")
    assert Account.objects.get().balance == 40
    assert "alert_failed" in [getattr(record, "action", "") for record in caplog.records]
    assert told() == []


def test_frozen_accounts_and_faults_of_the_audit_are_told_to_those_who_run_it(account: Account) -> None:
    freeze(account, reason="Strange")
    publish(AuditFailed(faults=12, problems=("first", "second")))
    publish(KeyConflict(user_id=str(account.user_id), problem="k was used for something else"))
    frozen, failed, conflict = told(AlertChannel.PLATFORM)
    assert "Reason: Strange" in frozen.text
    assert (failed.text, failed.count) == ("first\nsecond\nand 10 more", 12)
    assert "Problem: k was used" in conflict.text


def test_each_account_that_an_audit_freezes_is_told(account: Account) -> None:
    other = Account.objects.get(user=make_user("grace@example.org"))
    for one in (account, other):
        Account.objects.filter(pk=one.pk).update(balance=one.balance + 7)
    logging.disable(logging.ERROR)
    try:
        audit_and_freeze()
    finally:
        logging.disable(logging.NOTSET)
    assert len(told(AlertChannel.PLATFORM)) == 2


def test_what_all_is_well_with_is_not_told(account: Account) -> None:
    charge(account, amount=1, key="a", reason="For a test")
    grant(account, amount=1, key="b", reason="For a test")
    audit_and_freeze()
    assert User.objects.count() == 1
    assert not OperatorAlert.objects.exists()
