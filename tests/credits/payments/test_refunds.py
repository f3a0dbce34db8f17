"""Money that goes back: when at once, when after approval, and never more than was paid."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from credits.holds import hold
from credits.ledger import charge
from credits.models import Account
from credits.payments import tasks
from credits.payments.errors import (
    AlreadyDecided,
    NotRefundable,
    RefundAskedThisWeek,
    RefundRefused,
)
from credits.payments.events import MoneyWentBack, RefundRequested, payment_events
from credits.payments.models import Payment, PaymentEvent, Refund, RefundRequest
from credits.payments.reconciliation import reconcile_refunds
from credits.payments.refunds import approve, needs_approval, reject, request_refund, week_of
from tests.credits.cast import amounts_of, assert_adds_up
from tests.credits.payments.cast import Shop, tell
from tests.credits.test_races import at_once

LATER = timedelta(minutes=10)


@pytest.fixture
def heard() -> Iterator[list[Any]]:
    events: list[Any] = []

    def hear(event: Any, **kwargs: Any) -> None:
        events.append(event)

    payment_events.connect(hear)
    yield events
    payment_events.disconnect(hear)


def ask(shop: Shop, payment: Payment, **fields: Any) -> RefundRequest:
    return request_refund(shop.account, payment, **{"now": timezone.now(), **fields})


def spend(shop: Shop, amount: int) -> None:
    charge(shop.account, amount=amount, key=f"spend:{amount}", reason="Used")


def test_unspent_top_up_goes_back_at_once(shop: Shop, heard: list[Any]) -> None:
    payment = shop.buy(1000)
    asked = ask(shop, payment, reason="Changed my mind")
    payment.refresh_from_db()
    assert (asked.status, payment.status, payment.refunded_amount, payment.refunding_amount) == (
        "APPROVED",
        "REFUNDED",
        1000,
        0,
    )
    assert asked.finished_at is not None
    assert amounts_of(shop.account.pk) == [1000, -1000]
    assert next(event for event in heard if isinstance(event, MoneyWentBack)).balance == 0
    assert_adds_up()


def test_webhooks_of_our_own_refund_change_nothing_more(shop: Shop) -> None:
    payment = shop.buy(1000)
    asked = ask(shop, payment)
    refund = shop.stripe.things[str(asked.provider_refund_id)]
    tell("refund.created", refund, id_="evt_1")
    tell("refund.updated", refund, id_="evt_2")
    assert amounts_of(shop.account.pk) == [1000, -1000]


def test_refund_over_the_api(shop: Shop) -> None:
    payment = shop.buy(1000)
    assert payment.transaction is not None
    address = f"/api/v1/credits/{payment.transaction.key}/refund"
    assert shop.stranger.post(address).status_code == 404
    assert shop.stranger.post(f"/api/v1/credits/{payment.pk}/refund").status_code == 404
    answer = shop.api.post(address, {"reason": "Changed my mind"}, format="json")
    assert (answer.status_code, answer.json()) == (200, 1000)
    (line,) = shop.api.get("/api/v1/credits/refunds").json()
    assert (line["transaction_key"], line["amount"], line["status"]) == (payment.transaction.key, 1000, "APPROVED")
    assert line["reason"] == "Changed my mind"
    assert shop.stranger.get("/api/v1/credits/refunds").json() == []


def test_top_up_that_is_set_aside_waits_as_if_it_were_spent(shop: Shop) -> None:
    payment = shop.buy(2000)
    hold(shop.account, amount=2000, key="h", expires_at=timezone.now() + LATER)
    assert ask(shop, payment).status == "PENDING"


def test_key_that_no_database_can_hold_is_not_found(shop: Shop) -> None:
    assert shop.api.post("/api/v1/credits/a%00b/refund", {}, format="json").status_code == 404


def test_spent_top_up_waits_for_an_operator(shop: Shop, heard: list[Any]) -> None:
    payment = shop.buy(1000)
    spend(shop, 501)
    answer = shop.api.post(f"/api/v1/credits/{payment.pk}/refund")
    assert answer.json() == 0
    asked = RefundRequest.objects.get()
    assert (asked.status, shop.balance) == ("PENDING", 499)
    assert shop.stripe.count("POST", "/v1/refunds") == 0
    assert RefundRequested(user_id=str(shop.account.user_id), request_id=str(asked.pk), amount=1000) in heard
    approve(asked, now=timezone.now())
    assert amounts_of(shop.account.pk) == [1000, -501, -1000]
    shop.account.refresh_from_db()
    assert (shop.account.balance, shop.account.debt) == (-501, 501)
    assert_adds_up()


@pytest.mark.parametrize(
    ("amount", "balance", "frozen", "waits"),
    [(1000, 500, False, False), (1000, 499, False, True), (1000, 1000, False, False), (1000, 1000, True, True)],
)
def test_approval_is_needed_past_the_tolerance(amount: int, balance: int, frozen: bool, waits: bool) -> None:
    assert needs_approval(amount=amount, balance=balance, tolerance=500, is_frozen=frozen) is waits


def test_approving_many_times_at_once_refunds_once(shop: Shop) -> None:
    payment = shop.buy(1000)
    spend(shop, 600)
    asked = ask(shop, payment)

    def decide(number: int) -> str:
        try:
            return approve(RefundRequest.objects.get(pk=asked.pk), now=timezone.now()).status
        except AlreadyDecided:
            return "again"

    answers = at_once(8, decide)
    assert (answers.count("APPROVED"), answers.count("again")) == (1, 7)
    assert shop.stripe.count("POST", "/v1/refunds") == 1
    assert amounts_of(shop.account.pk) == [1000, -600, -1000]


def test_rejected_request_moves_nothing(shop: Shop) -> None:
    payment = shop.buy(1000)
    spend(shop, 600)
    asked = reject(ask(shop, payment), now=timezone.now(), actor=shop.account.user, reason="It was used")
    assert (asked.status, asked.result) == ("REJECTED", "It was used")
    with pytest.raises(AlreadyDecided):
        approve(asked, now=timezone.now())
    assert amounts_of(shop.account.pk) == [1000, -600]


def test_one_request_a_week(shop: Shop) -> None:
    first, second = shop.buy(1000), shop.buy(500)
    ask(shop, first)
    with pytest.raises(RefundAskedThisWeek):
        ask(shop, second)
    ask(shop, second, now=timezone.now() + timedelta(days=7))
    assert amounts_of(shop.account.pk) == [1000, 500, -1000, -500]


def test_week_is_the_iso_week() -> None:
    assert week_of(datetime(2027, 1, 1, tzinfo=UTC)) == "2026-53"


@pytest.mark.parametrize("status", ["PENDING", "FAILED", "EXPIRED"])
def test_what_is_not_paid_is_not_refunded(shop: Shop, status: str) -> None:
    payment = shop.order()
    Payment.objects.update(status=status)
    payment.refresh_from_db()
    with pytest.raises(NotRefundable):
        ask(shop, payment)
    assert not RefundRequest.objects.exists()


def test_refunded_payment_is_not_refunded_again(shop: Shop) -> None:
    payment = shop.buy(1000)
    ask(shop, payment)
    payment.refresh_from_db()
    with pytest.raises(NotRefundable):
        ask(shop, payment, now=timezone.now() + timedelta(days=7))


def test_parallel_requests_never_ask_for_more_than_was_paid(shop: Shop) -> None:
    """Twenty of 75 credits each, from 1000: 13 fit."""
    payment = shop.buy(1000)

    def wish(number: int) -> bool:
        moment = timezone.now() + timedelta(weeks=number)
        try:
            return ask(shop, Payment.objects.get(pk=payment.pk), amount=75, now=moment).finished_at is not None
        except NotRefundable:
            return False

    assert at_once(20, wish).count(True) == 13
    payment.refresh_from_db()
    assert (payment.refunded_amount, payment.refunding_amount, shop.balance) == (975, 0, 25)
    assert RefundRequest.objects.count() == 13
    assert_adds_up()


def test_parallel_refunds_of_150_percent_by_webhook_stop_at_what_was_paid(shop: Shop) -> None:
    payment = shop.buy(1000)
    refunds = [shop.stripe.refund(str(payment.intent_id), 75) for _ in range(20)]
    statuses = at_once(20, lambda number: tell("refund.created", refunds[number], id_=f"evt_{number}").status_code)
    assert set(statuses) == {200}
    payment.refresh_from_db()
    assert (payment.refunded_amount, shop.balance, Refund.objects.count()) == (975, 25, 13)
    assert PaymentEvent.objects.filter(outcome__startswith="refused").count() == 7
    assert_adds_up()


def test_one_refund_told_in_many_ways_at_once_is_taken_once(shop: Shop) -> None:
    payment = shop.buy(1000)
    refund = shop.stripe.refund(str(payment.intent_id), 300)
    at_once(16, lambda number: tell("refund.updated", refund, id_=f"evt_{number % 4}").status_code)
    payment.refresh_from_db()
    assert (payment.status, payment.refunded_amount, shop.balance) == ("PAID", 300, 700)


def test_refund_beside_one_that_is_on_its_way_waits_for_it(shop: Shop) -> None:
    payment = shop.buy(1000)
    Payment.objects.update(refunding_amount=1000)
    refund = shop.stripe.refund(str(payment.intent_id), 300)
    assert tell("refund.created", refund).status_code == 500
    Payment.objects.update(refunding_amount=0)
    assert tell("refund.created", refund).status_code == 200
    assert shop.balance == 700


@pytest.mark.parametrize("status", ["pending", "requires_action"])
def test_refund_that_is_not_done_takes_nothing_yet(shop: Shop, status: str) -> None:
    payment = shop.buy(1000)
    refund = shop.stripe.refund(str(payment.intent_id), 300, status=status)
    tell("refund.created", refund, id_="evt_1")
    assert shop.balance == 1000
    refund["status"] = "succeeded"
    tell("refund.updated", refund, id_="evt_2")
    assert shop.balance == 700


def test_refund_that_the_bank_does_not_take_gives_the_credits_back(shop: Shop) -> None:
    payment = shop.buy(1000)
    refund = shop.stripe.refund(str(payment.intent_id), 1000)
    tell("refund.created", refund, id_="evt_1")
    refund["status"] = "failed"
    statuses = at_once(4, lambda number: tell("refund.failed", refund, id_=f"evt_f{number}").status_code)
    assert set(statuses) == {200}
    payment.refresh_from_db()
    assert (payment.status, payment.refunded_amount) == ("PAID", 0)
    assert amounts_of(shop.account.pk) == [1000, -1000, 1000]
    assert_adds_up()


def test_refund_that_stripe_refuses_sets_nothing_aside(shop: Shop) -> None:
    payment = shop.buy(1000)
    shop.stripe.refund(str(payment.intent_id), 400)
    with pytest.raises(RefundRefused):
        ask(shop, payment)
    payment.refresh_from_db()
    asked = RefundRequest.objects.get()
    assert (payment.refunding_amount, asked.status, asked.result) == (0, "REJECTED", "More than was paid.")
    assert amounts_of(shop.account.pk) == [1000]


def test_refund_whose_answer_was_lost_is_found_and_not_made_twice(shop: Shop) -> None:
    payment = shop.buy(1000)
    shop.stripe.lost.append("POST /v1/refunds")
    asked = ask(shop, payment)
    assert (asked.status, asked.finished_at) == ("APPROVED", None)
    later = timezone.now() + LATER
    with pytest.raises(RefundAskedThisWeek):
        ask(shop, payment, amount=100)
    assert reconcile_refunds(now=timezone.now()) == 0
    at_once(4, lambda number: reconcile_refunds(now=later))
    assert sum(thing["object"] == "refund" for thing in shop.stripe.things.values()) == 1
    assert amounts_of(shop.account.pk) == [1000, -1000]


def test_crash_between_stripes_refund_and_our_commit_is_mended(shop: Shop) -> None:
    """Approved and sent; Stripe has done it; we have not written it. Stripe has forgotten the key since."""
    payment = shop.buy(1000)
    asked = RefundRequest.objects.create(
        account=shop.account,
        payment=payment,
        amount=1000,
        week="2026-48",
        status="APPROVED",
        decided_at=timezone.now() - LATER,
        created_at=timezone.now() - LATER,
    )
    Payment.objects.update(refunding_amount=1000)
    shop.stripe.refund(str(payment.intent_id), 1000, request=str(asked.pk))
    tasks.reconcile()
    assert shop.stripe.count("POST", "/v1/refunds") == 0
    assert amounts_of(shop.account.pk) == [1000, -1000]


def test_frozen_account_waits_for_an_operator(shop: Shop) -> None:
    payment = shop.buy(1000)
    Account.objects.filter(pk=shop.account.pk).update(frozen_at=timezone.now())
    assert ask(shop, payment).status == "PENDING"
