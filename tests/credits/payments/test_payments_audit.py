"""The audit compares payments with the credits that were given and taken for them."""

from typing import Any

import pytest
from django.utils import timezone

from credits.audit import audit, audit_and_freeze
from credits.ledger import charge, refund, reverse, top_up
from credits.models import Account, Transaction
from credits.payments.models import Payment, Refund
from credits.payments.refunding import give_back
from credits.payments.refunds import request_refund
from tests.credits.payments.cast import Shop


def problems() -> list[str]:
    return [str(fault) for fault in audit()]


@pytest.fixture
def payment(shop: Shop) -> Payment:
    """Ada has bought 1000 credits, and some of the money is back."""
    bought = shop.buy(1000)
    request_refund(shop.account, bought, amount=300, now=timezone.now())
    bought.refresh_from_db()
    return bought


def test_payments_and_refunds_that_are_right_have_no_faults(shop: Shop, payment: Payment) -> None:
    shop.order(500)
    shop.save_card()
    charge(shop.account, amount=400, key="spent", reason="Used")
    assert (payment.refunded_amount, Refund.objects.count()) == (300, 1)
    assert problems() == []
    assert give_back(Refund.objects.get().reference, reason="The bank did not take it", now=timezone.now())
    assert problems() == []


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"transaction": None}, "is paid, and its credits were not given"),
        ({"amount": 1001}, "was credited by a transaction that does not fit"),
        ({"kind": "AUTO_TOP_UP", "amount": 999}, "was credited by a transaction that does not fit"),
        ({"status": "REFUNDED"}, "is refunded, and not all of it went back"),
        ({"refunded_amount": 0}, "has another refunded amount than its refunds"),
        ({"refunding_amount": 5}, "has another amount on its way back than its requests"),
    ],
)
def test_a_payment_that_says_something_else_is_found(payment: Payment, change: dict[str, Any], problem: str) -> None:
    Payment.objects.filter(pk=payment.pk).update(**change)
    assert f"ada@example.org: payment {payment.pk} {problem}" in problems()


def test_credits_of_a_payment_that_is_not_there_are_found(shop: Shop) -> None:
    top_up(shop.account, amount=500, key="payment:forged", reason="Top-up")
    assert problems() == ["ada@example.org: transaction 1 (payment:forged) is about a payment that is not there"]


def test_credits_that_were_taken_for_no_refund_are_found(shop: Shop) -> None:
    refund(shop.account, amount=500, key="refund:forged", reason="Refund")
    assert problems() == ["ada@example.org: transaction 1 (refund:forged) is about a refund that is not there"]


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"transaction": None}, "has taken no credits"),
        ({"amount": 301}, "has taken credits by a transaction that does not fit"),
        ({"returned_at": timezone.now}, "was not taken by the bank, and the credits were not given back"),
    ],
)
def test_a_refund_that_says_something_else_is_found(payment: Payment, change: dict[str, Any], problem: str) -> None:
    values = {name: value() if callable(value) else value for name, value in change.items()}
    made = Refund.objects.get()
    Refund.objects.filter(pk=made.pk).update(**values)
    assert f"ada@example.org: refund {made.pk} {problem}" in problems()


def test_credits_that_came_back_although_the_money_went_are_found(payment: Payment) -> None:
    made = Refund.objects.get()
    reverse(Transaction.objects.get(pk=made.transaction_id), reason="By hand")
    assert problems() == [f"ada@example.org: refund {made.pk} has gone back, and so have the credits"]


def test_such_faults_freeze_nobody(payment: Payment) -> None:
    Payment.objects.filter(pk=payment.pk).update(refunded_amount=0)
    assert audit_and_freeze()
    assert not Account.objects.exclude(frozen_at=None).exists()
