"""A refund that is asked for again with its key is gone on with, and moves no money twice."""

from datetime import timedelta
from typing import Any

import pytest
from django.conf import LazySettings
from django.utils import timezone

from api.models import KeyedAnswer
from credits.ledger import charge
from credits.payments.models import Payment, Refund, RefundRequest
from credits.payments.reconciliation import reconcile_refunds
from credits.payments.refunds import approve, reject
from tests.api.dying import claims_end, dies_at
from tests.credits.cast import amounts_of, assert_adds_up
from tests.credits.payments.cast import Shop

KEY = {"Idempotency-Key": "r"}
ANSWER = ("UPDATE", KeyedAnswer, "status")
LATER = timedelta(minutes=10)


def ask(shop: Shop, payment: Payment) -> Any:
    return shop.api.post(f"/api/v1/credits/{payment.pk}/refund", {}, format="json", headers=KEY)


def refunds_at_stripe(shop: Shop) -> int:
    return sum(thing["object"] == "refund" for thing in shop.stripe.things.values())


def spent_top_up(shop: Shop) -> Payment:
    """Of which so much is spent that an operator decides."""
    payment = shop.buy(1000)
    charge(shop.account, amount=501, key="spend", reason="Used")
    return payment


@pytest.mark.parametrize(
    "moment",
    [
        ("INSERT INTO", RefundRequest),
        ("UPDATE", RefundRequest, "provider_refund_id"),
        ("INSERT INTO", Refund),
        ANSWER,
    ],
)
def test_refund_whose_process_is_killed_is_gone_on_with(shop: Shop, moment: Any) -> None:
    payment = shop.buy(1000)
    with dies_at(*moment):
        ask(shop, payment)
    claims_end()
    first, second = ask(shop, payment), ask(shop, payment)
    assert [(answer.status_code, answer.json()) for answer in (first, second)] == [(200, 1000)] * 2
    assert second["Idempotent-Replayed"] == "true"
    assert reconcile_refunds(now=timezone.now() + LATER) == 0
    assert (RefundRequest.objects.count(), refunds_at_stripe(shop)) == (1, 1)
    assert amounts_of(shop.account.pk) == [1000, -1000]
    assert_adds_up()


def test_refund_that_stripe_does_not_answer_is_on_its_way_all_the_same(shop: Shop) -> None:
    payment = shop.buy(1000)
    shop.stripe.down = True
    assert [(answer.status_code, answer.json()) for answer in (ask(shop, payment), ask(shop, payment))] == [
        (200, 1000)
    ] * 2
    assert (RefundRequest.objects.get().status, shop.balance) == ("APPROVED", 1000)
    shop.stripe.down = False
    reconcile_refunds(now=timezone.now() + LATER)
    assert (refunds_at_stripe(shop), amounts_of(shop.account.pk)) == (1, [1000, -1000])


def test_refund_that_was_killed_while_stripe_was_away_is_sent_by_the_next_try(shop: Shop) -> None:
    payment = shop.buy(1000)
    shop.stripe.down = True
    with dies_at(*ANSWER):
        ask(shop, payment)
    claims_end()
    shop.stripe.down = False
    assert (ask(shop, payment).json(), refunds_at_stripe(shop)) == (1000, 1)
    assert amounts_of(shop.account.pk) == [1000, -1000]


def test_refund_without_a_provider_leaves_nothing_and_may_be_asked_for_later(
    shop: Shop, settings: LazySettings
) -> None:
    payment, key = shop.buy(1000), settings.STRIPE_SECRET_KEY
    settings.STRIPE_SECRET_KEY = ""
    answer = ask(shop, payment)
    assert (answer.status_code, answer.json()["code"]) == (503, "payments_unavailable")
    assert not RefundRequest.objects.exists()
    settings.STRIPE_SECRET_KEY = key
    assert ask(shop, payment).json() == 1000


def test_request_that_waits_is_asked_for_once(shop: Shop) -> None:
    payment = spent_top_up(shop)
    with dies_at(*ANSWER):
        ask(shop, payment)
    claims_end()
    assert (ask(shop, payment).json(), RefundRequest.objects.count()) == (0, 1)


def test_request_that_was_approved_meanwhile_says_so(shop: Shop) -> None:
    payment = spent_top_up(shop)
    with dies_at(*ANSWER):
        ask(shop, payment)
    approve(RefundRequest.objects.get(), now=timezone.now())
    claims_end()
    assert ask(shop, payment).json() == 1000
    assert amounts_of(shop.account.pk) == [1000, -501, -1000]


def test_request_that_was_rejected_meanwhile_says_so(shop: Shop) -> None:
    payment = spent_top_up(shop)
    with dies_at(*ANSWER):
        ask(shop, payment)
    reject(RefundRequest.objects.get(), now=timezone.now(), actor=shop.account.user, reason="It was used")
    claims_end()
    answer = ask(shop, payment)
    assert (answer.status_code, answer.json()["code"], answer.json()["detail"]) == (
        409,
        "refund_refused",
        "It was used",
    )
