"""Complaints at the bank."""

from typing import Any

import pytest
from django.utils import timezone

from credits.ledger import charge
from credits.models import Transaction
from credits.payments.disputes import EVIDENCE_MAX_LENGTH, concedes, evidence
from credits.payments.models import Payment, PaymentEvent
from credits.payments.reconciliation import reconcile_disputes
from tests.credits.cast import amounts_of, assert_adds_up
from tests.credits.payments.cast import Shop, tell
from tests.credits.payments.fake_stripe import Thing
from tests.credits.test_races import at_once


def disputed(shop: Shop, payment: Payment, **fields: Any) -> Thing:
    return shop.stripe.dispute(str(payment.intent_id), payment.amount, **fields)


def status_of(payment: Payment) -> str:
    return str(Payment.objects.get(pk=payment.pk).status)


@pytest.mark.parametrize(
    ("balance", "tolerance", "gives_in"), [(1000, 0, True), (1000, 1, False), (1500, 500, True), (1499, 500, False)]
)
def test_dispute_is_conceded_when_enough_is_left(balance: int, tolerance: int, gives_in: bool) -> None:
    assert concedes(amount=1000, balance=balance, tolerance=tolerance) is gives_in


def test_dispute_about_unspent_credits_is_conceded_and_the_credits_go(shop: Shop) -> None:
    payment = shop.buy(1000)
    shop.buy(500)
    dispute = disputed(shop, payment)
    assert tell("charge.dispute.created", dispute, id_="evt_1").status_code == 200
    tell("charge.dispute.closed", dispute, id_="evt_2")
    assert shop.stripe.count("POST", f"/v1/disputes/{dispute['id']}/close") == 1
    assert amounts_of(shop.account.pk) == [1000, 500, -1000]
    assert status_of(payment) == "REFUNDED"
    assert_adds_up()


def test_dispute_about_spent_credits_is_contested_with_what_they_were_spent_on(shop: Shop) -> None:
    payment = shop.buy(1000)
    charge(shop.account, amount=900, key="k", reason="AI Text")
    dispute = disputed(shop, payment)
    tell("charge.dispute.created", dispute)
    lines = dispute["evidence"].splitlines()
    assert ("TOP_UP  +1000 credits" in lines[0], "USAGE  -900 credits, balance 100  AI Text" in lines[1]) == (
        True,
        True,
    )
    assert (status_of(payment), shop.balance) == ("DISPUTED", 100)


def test_won_dispute_leaves_the_credits(shop: Shop) -> None:
    payment = shop.buy(1000)
    dispute = disputed(shop, payment)
    tell("charge.dispute.created", dispute, id_="evt_1")
    assert status_of(payment) == "DISPUTED"
    dispute["status"] = "won"
    tell("charge.dispute.closed", dispute, id_="evt_2")
    assert (status_of(payment), shop.balance) == ("PAID", 1000)


def test_lost_dispute_takes_the_credits_once_also_into_debt(shop: Shop) -> None:
    payment = shop.buy(1000)
    charge(shop.account, amount=900, key="k", reason="Used")
    dispute = disputed(shop, payment, status="lost")
    at_once(8, lambda number: tell("charge.dispute.closed", dispute, id_=f"evt_{number % 2}").status_code)
    shop.account.refresh_from_db()
    assert (shop.account.balance, shop.account.debt, status_of(payment)) == (-900, 900, "REFUNDED")
    assert amounts_of(shop.account.pk) == [1000, -900, -1000]
    assert_adds_up()


def test_closed_before_created_ends_the_same(shop: Shop) -> None:
    payment = shop.buy(1000)
    dispute = disputed(shop, payment, status="lost")
    tell("charge.dispute.closed", dispute, id_="evt_2")
    tell("charge.dispute.created", dispute | {"status": "needs_response"}, id_="evt_1")
    assert (amounts_of(shop.account.pk), status_of(payment)) == ([1000, -1000], "REFUNDED")


def test_disputed_payment_is_not_refunded_beside(shop: Shop) -> None:
    payment = shop.buy(1000)
    tell("charge.dispute.created", disputed(shop, payment))
    assert shop.api.post(f"/api/v1/credits/{payment.pk}/refund").status_code == 409


def test_end_of_a_dispute_that_nobody_told_us_is_found(shop: Shop) -> None:
    payment = shop.buy(1000)
    dispute = disputed(shop, payment)
    tell("charge.dispute.created", dispute)
    dispute["status"] = "lost"
    assert reconcile_disputes(now=timezone.now()) == 1
    assert amounts_of(shop.account.pk) == [1000, -1000]


def test_dispute_about_more_than_is_left_is_for_an_operator(shop: Shop, caplog: pytest.LogCaptureFixture) -> None:
    payment = shop.buy(1000)
    tell("refund.created", shop.stripe.refund(str(payment.intent_id), 400), id_="evt_1")
    assert tell("charge.dispute.closed", disputed(shop, payment, status="lost"), id_="evt_2").status_code == 200
    assert "refund_odd" in [getattr(record, "action", "") for record in caplog.records]
    assert PaymentEvent.objects.get(event_id="evt_2").outcome.startswith("refused")
    assert shop.balance == 600


def test_evidence_keeps_the_newest_lines_that_fit() -> None:
    when = timezone.now()
    entries = [
        Transaction(type="USAGE", amount=-1, running_balance=1000 - seq, reason=f"number {seq}", created_at=when)
        for seq in range(1000)
    ]
    text = evidence(entries)
    first, *lines = text.splitlines()
    assert len(text) <= EVIDENCE_MAX_LENGTH
    assert first == f"({1000 - len(lines)} older transactions are left out.)"
    assert lines[-1].endswith("number 999")
