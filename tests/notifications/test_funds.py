"""Running out of credits is told once for each user and graph, to the user and to operators, until credits come in."""

from collections import Counter
from datetime import UTC, datetime

import pytest
from django.db import transaction

from accounts.models import User
from credits.errors import InsufficientBalance
from credits.ledger import charge, grant, refund, top_up
from credits.models import Account
from credits.payments.models import Payment, PaymentKind
from notifications.models import Notice
from notifications.operators.models import OperatorAlert
from reliability.ids import uuid7
from tests.executor.running import store
from tests.notifications.telling import echo

pytestmark = pytest.mark.django_db(transaction=True)


def short(account: Account, graph: str, times: int = 1) -> None:
    for _ in range(times):
        with pytest.raises(InsufficientBalance):
            charge(account, amount=10**6, key=str(uuid7()), reason="", reference={"graph": graph})


def told() -> dict[str, int]:
    """How often, by graph."""
    notices = Notice.objects.filter(kind="ZERO_BALANCE")
    return dict(Counter(notice.data["graph_id"] for notice in notices))


def account_of(user: User) -> Account:
    return Account.objects.get(user=user)


def test_one_notice_for_thirty_shortages_and_another_graph_has_its_own(grace: User) -> None:
    graph = store(grace, echo()).graph
    short(account_of(grace), str(graph.id), 30)
    assert told() == {str(graph.id): 1}
    notice = Notice.objects.get(kind="ZERO_BALANCE")
    assert notice.data == {
        "agent_name": graph.name,
        "current_balance": 1000.0,
        "billing_page_link": "",  # filled in when it is told
        "shortfall": 10**6 - 1000,
        "attempted": 10**6,
        "graph_id": str(graph.id),
    }
    short(account_of(grace), "other", 2)
    assert told() == {str(graph.id): 1, "other": 1}
    alerts = OperatorAlert.objects.filter(title="Insufficient Funds Alert")
    assert alerts.count() == 2
    text = alerts.filter(signature__endswith=str(graph.id)).get().text
    assert all(part in text for part in ("grace@example.org", graph.name))


@pytest.mark.parametrize("comes_in", [grant, top_up])
def test_credits_that_come_in_arm_it_again_for_all_graphs(grace: User, comes_in: object) -> None:
    account = account_of(grace)
    short(account, "a")
    short(account, "b")
    comes_in(account, amount=1, key="in", reason="More")  # type: ignore[operator]
    short(account, "a", 3)
    short(account, "b", 3)
    assert told() == {"a": 2, "b": 2}


def test_use_a_refund_and_money_that_has_not_come_arm_nothing(grace: User) -> None:
    account = account_of(grace)
    short(account, "a")
    charge(account, amount=1, key="used", reason="Use")
    refund(account, amount=1, key="back", reason="Refund")
    now = datetime.now(UTC)
    Payment.objects.create(
        account=account,
        kind=PaymentKind.TOP_UP,
        amount=500,
        provider="sandbox",
        idempotency_key="pending",
        created_at=now,
        expires_at=now,
    )
    short(account, "a", 3)
    assert told() == {"a": 1}


def test_the_balance_is_low_only_when_it_falls_through_the_threshold(grace: User) -> None:
    account = account_of(grace)  # 1000, threshold 500
    balances = []
    for amount in (499, 1, 1, 100):
        charge(account, amount=amount, key=str(uuid7()), reason="Use")
        balances.append(Notice.objects.filter(kind="LOW_BALANCE").count())
    assert balances == [0, 0, 1, 1]
    assert Notice.objects.get(kind="LOW_BALANCE").data["current_balance"] == 499
    grant(account, amount=200, key="up", reason="More")
    charge(account, amount=200, key="down", reason="Use")
    assert Notice.objects.filter(kind="LOW_BALANCE").count() == 2


def test_a_shortage_that_is_rolled_back_was_none(grace: User) -> None:
    with transaction.atomic():
        short(account_of(grace), "a")
        transaction.set_rollback(True)
    assert told() == {}
    short(account_of(grace), "a")
    assert told() == {"a": 1}
