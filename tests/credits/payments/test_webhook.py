"""Stripe's messages: who may send them, and what they lead to, in any order and any number."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from credits.payments import tasks
from credits.payments.models import Payment, PaymentEvent
from credits.payments.providers.stripe import EVENT_MAX_AGE_SECONDS
from credits.payments.webhook import LONGEST_WAIT, wait_after
from tests.credits.cast import amounts_of, assert_adds_up
from tests.credits.payments.cast import Shop, send, tell
from tests.credits.payments.fake_stripe import Thing, event, signature
from tests.credits.test_races import at_once

PAID = "checkout.session.completed"


def paid_session(shop: Shop) -> Thing:
    return shop.stripe.pay(str(shop.order().checkout_id))


def assert_refused(shop: Shop, answer: Any) -> None:
    assert (answer.status_code, answer.json()["code"]) == (400, "event_invalid")
    assert not PaymentEvent.objects.exists()
    assert amounts_of(shop.account.pk) == []


def test_paid_page_is_credited(shop: Shop) -> None:
    answer = tell(PAID, paid_session(shop))
    assert (answer.status_code, answer.json()) == (200, {"received": True, "handled": True})
    row = PaymentEvent.objects.get()
    assert (row.event_id, row.type, row.outcome, row.attempts) == ("evt_1", PAID, "paid", 1)
    assert amounts_of(shop.account.pk) == [1000]
    assert_adds_up()


def test_forged_signature_is_refused(shop: Shop) -> None:
    body = event(PAID, paid_session(shop))
    assert_refused(shop, send(body, signature(body, secret="whsec_other")))


@pytest.mark.parametrize("signed", ["", "nonsense", "t=1,v1=", "t=soon,v1=abc", "t=1,v1=é"])
def test_missing_signature_is_refused(shop: Shop, signed: str) -> None:
    assert_refused(shop, send(event(PAID, paid_session(shop)), signed))


def test_stale_signature_is_refused(shop: Shop) -> None:
    body = event(PAID, paid_session(shop))
    assert_refused(shop, send(body, signature(body, age=EVENT_MAX_AGE_SECONDS + 2)))


def test_signature_within_its_age_is_taken(shop: Shop) -> None:
    body = event(PAID, paid_session(shop))
    assert send(body, signature(body, age=EVENT_MAX_AGE_SECONDS - 10)).status_code == 200


def test_changed_byte_is_refused(shop: Shop) -> None:
    body = event(PAID, paid_session(shop))
    assert_refused(shop, send(body.replace(b"evt_1", b"evt_2"), signature(body)))


def test_event_of_the_other_mode_is_refused(shop: Shop) -> None:
    assert_refused(shop, tell(PAID, paid_session(shop), livemode=True))


@pytest.mark.parametrize("body", [b"", b"\xff", b"[]", b"{}", b'{"object": "event", "id": 1, "type": "x", "data": {}}'])
def test_signed_nonsense_is_refused(shop: Shop, body: bytes) -> None:
    assert_refused(shop, send(body, signature(body)))


def test_without_a_secret_the_webhook_is_unavailable(shop: Shop, settings: Any) -> None:
    settings.STRIPE_WEBHOOK_SECRET = ""
    answer = tell(PAID, paid_session(shop))
    assert (answer.status_code, answer.json()["code"]) == (503, "webhook_unavailable")


def test_event_sent_fifty_times_at_once_credits_once(shop: Shop) -> None:
    session = paid_session(shop)
    answers = at_once(50, lambda number: tell(PAID, session).status_code)
    assert set(answers) == {200}
    assert PaymentEvent.objects.count() == 1
    assert amounts_of(shop.account.pk) == [1000]
    assert_adds_up()


def test_event_that_was_handled_is_not_acted_on_again(shop: Shop) -> None:
    session = paid_session(shop)
    tell(PAID, session)
    before = len(shop.stripe.calls)
    assert tell(PAID, session).status_code == 200
    assert len(shop.stripe.calls) == before


def test_two_different_events_for_one_payment_credit_once(shop: Shop) -> None:
    session = paid_session(shop)
    intent = shop.stripe.things[session["payment_intent"]]
    tell("payment_intent.succeeded", intent, id_="evt_1")
    tell(PAID, session, id_="evt_2")
    assert amounts_of(shop.account.pk) == [1000]


def test_message_that_says_paid_is_not_believed(shop: Shop) -> None:
    """It is well signed, but Stripe itself says that nothing was paid."""
    session = shop.stripe.things[str(shop.order().checkout_id)]
    assert tell(PAID, session | {"payment_status": "paid"}).status_code == 200
    assert amounts_of(shop.account.pk) == []


def test_expired_before_completed_is_credited(shop: Shop) -> None:
    payment = shop.order()
    session = shop.stripe.things[str(payment.checkout_id)]
    session["status"] = "expired"
    tell("checkout.session.expired", session, id_="evt_1")
    payment.refresh_from_db()
    assert payment.status == "EXPIRED"
    shop.stripe.pay(session["id"])
    tell(PAID, session, id_="evt_2")
    assert amounts_of(shop.account.pk) == [1000]


def test_expired_after_completed_changes_nothing(shop: Shop) -> None:
    session = paid_session(shop)
    tell(PAID, session, id_="evt_1")
    tell("checkout.session.expired", session, id_="evt_2")
    assert (Payment.objects.get().status, amounts_of(shop.account.pk)) == ("PAID", [1000])


def test_refund_that_is_told_before_its_payment_waits_for_it(shop: Shop) -> None:
    """Stripe's order of messages is no order. The refund credits the payment first, by asking Stripe."""
    session = paid_session(shop)
    refund = shop.stripe.refund(session["payment_intent"], 400)
    assert tell("refund.created", refund, id_="evt_1").status_code == 200
    tell(PAID, session, id_="evt_2")
    assert amounts_of(shop.account.pk) == [1000, -400]
    assert_adds_up()


def test_refund_of_a_payment_that_is_not_paid_yet_is_held(shop: Shop) -> None:
    payment = shop.order()
    session = shop.stripe.things[str(payment.checkout_id)]
    intent = shop.stripe._intent(session["customer"], 1000, {"payment": str(payment.pk)}, "processing")
    refund = shop.stripe.refund(intent["id"], 400)
    assert tell("refund.created", refund).status_code == 500
    assert PaymentEvent.objects.get().handled_at is None
    session.update(status="complete", payment_status="paid", payment_intent=intent["id"])
    assert tell("refund.created", refund).status_code == 200
    assert amounts_of(shop.account.pk) == [1000, -400]


@pytest.mark.parametrize(
    ("type_", "thing"),
    [
        ("customer.created", {"id": "cus_9", "object": "customer"}),
        (PAID, {"id": "cs_9", "object": "checkout.session", "metadata": {}}),
        (PAID, {"id": "cs_9", "object": "checkout.session", "metadata": {"payment": "no id"}}),
        (PAID, {"id": "cs_9", "metadata": {"payment": "0197f000-0000-7000-8000-000000000009"}}),
        ("refund.created", {"id": "re_9", "object": "refund"}),
        ("charge.dispute.created", {"id": "dp_9", "object": "dispute"}),
    ],
)
def test_what_is_none_of_ours_is_ignored(shop: Shop, type_: str, thing: Thing) -> None:
    assert tell(type_, thing).status_code == 200
    assert PaymentEvent.objects.get().outcome == "ignored"
    assert amounts_of(shop.account.pk) == []


def test_refund_of_somebody_elses_money_is_ignored(shop: Shop) -> None:
    foreign = shop.stripe._intent("cus_9", 1000, {}, "succeeded")
    assert tell("refund.created", shop.stripe.refund(foreign["id"], 400)).status_code == 200
    assert PaymentEvent.objects.get().outcome == "ignored"


def test_event_that_fails_is_tried_again_by_stripe_and_by_the_clock(shop: Shop) -> None:
    session = paid_session(shop)
    shop.stripe.down = True
    assert tell(PAID, session).status_code == 500
    row = PaymentEvent.objects.get()
    assert (row.handled_at, row.attempts) == (None, 1)
    assert tasks.retry_events() == 0
    shop.stripe.down = False
    PaymentEvent.objects.update(next_try_at=timezone.now() - timedelta(seconds=1))
    assert sum(at_once(4, lambda number: tasks.retry_events())) >= 1
    row.refresh_from_db()
    assert (row.outcome, row.next_try_at) == ("paid", None)
    assert amounts_of(shop.account.pk) == [1000]


def test_event_that_a_crash_has_left_alone_is_handled(shop: Shop) -> None:
    """Kept, and then the process was gone."""
    session = paid_session(shop)
    PaymentEvent.objects.create(
        provider="stripe",
        event_id="evt_1",
        type=PAID,
        payload={"id": session["id"], "metadata": session["metadata"]},
        received_at=timezone.now() - timedelta(minutes=1),
    )
    assert tasks.retry_events() == 1
    assert amounts_of(shop.account.pk) == [1000]


def test_waits_grow_and_end() -> None:
    waits = [wait_after(attempts) for attempts in range(1, 20)]
    assert waits == sorted(waits)
    assert waits[-1] == LONGEST_WAIT


def test_nothing_of_cards_or_people_is_kept(shop: Shop) -> None:
    session = paid_session(shop)
    secrets = {"customer_details": {"email": "ada@example.org"}, "payment_method_details": {"card": {"last4": "4242"}}}
    metadata = session["metadata"] | {"note": "4242"}
    tell(PAID, session | secrets | {"metadata": metadata})
    kept = json.dumps(PaymentEvent.objects.get().payload)
    assert "4242" not in kept
    assert "example.org" not in kept
    assert session["metadata"]["payment"] in kept
