"""Buying credits on the payment page: what is opened, what is credited, and how often."""

from datetime import timedelta

import pytest
from django.utils import timezone

from credits.errors import KeyReused
from credits.models import Transaction
from credits.payments import tasks
from credits.payments.checkout import OPEN_MAX
from credits.payments.errors import ProviderUnavailable, TooManyCheckouts
from credits.payments.fulfilment import fulfil
from credits.payments.models import Customer, Payment
from credits.payments.reconciliation import expire_pending, reconcile_payments
from tests.credits.cast import amounts_of, assert_adds_up
from tests.credits.payments.cast import Shop, tell
from tests.credits.test_races import at_once


def test_top_up_is_credited_when_the_browser_is_back(shop: Shop) -> None:
    answer = shop.api.post("/api/v1/credits", {"credit_amount": 1000}, format="json")
    payment = Payment.objects.get()
    assert (answer.status_code, answer.json()["checkout_url"]) == (200, payment.checkout_url)
    shop.stripe.pay(str(payment.checkout_id))
    assert shop.api.patch("/api/v1/credits").json() == {"credits": 1000, "fulfilled": 1}
    made = Transaction.objects.get()
    payment.refresh_from_db()
    assert (made.type, made.amount, made.reference["payment"]) == ("TOP_UP", 1000, str(payment.pk))
    assert (payment.status, payment.transaction, payment.intent_id) == ("PAID", made, made.reference["intent"])
    assert_adds_up()


def test_the_page_leads_back_and_saves_the_card(shop: Shop) -> None:
    shop.api.post("/api/v1/credits", {"credit_amount": 500}, format="json")
    (call,) = [call for call in shop.stripe.calls if call.path == "/v1/checkout/sessions"]
    assert call.params["success_url"] == "http://testserver/credits?topup=success"
    assert call.params["cancel_url"] == "http://testserver/credits?topup=cancel"
    assert call.params["payment_intent_data[setup_future_usage]"] == "off_session"


def test_every_call_that_makes_something_carries_a_key(shop: Shop) -> None:
    shop.buy()
    keys = {call.path: call.key for call in shop.stripe.calls if call.method == "POST"}
    assert keys["/v1/customers"] == f"customer:{shop.account.pk}"
    assert keys["/v1/checkout/sessions"] == f"checkout:{Payment.objects.get().pk}"


@pytest.mark.parametrize("amount", [0, -500, 499, 550, 2**63, 500.5, "500", True, None, "1e3"])
def test_amount_that_cannot_be_bought_is_refused_by_its_field(shop: Shop, amount: object) -> None:
    answer = shop.api.post("/api/v1/credits", {"credit_amount": amount}, format="json")
    assert (answer.status_code, list(answer.json()["fields"])) == (400, ["credit_amount"])
    assert not Payment.objects.exists()


def test_page_that_is_not_paid_gives_nothing(shop: Shop) -> None:
    shop.order()
    assert shop.api.patch("/api/v1/credits").json() == {"credits": 0, "fulfilled": 0}


def test_coming_back_twice_credits_once(shop: Shop) -> None:
    shop.buy()
    shop.api.patch("/api/v1/credits")
    assert amounts_of(shop.account.pk) == [1000]


def test_another_amount_than_ordered_gives_nothing(shop: Shop) -> None:
    payment = shop.order()
    shop.stripe.pay(str(payment.checkout_id))["amount_subtotal"] = 1
    shop.api.patch("/api/v1/credits")
    payment.refresh_from_db()
    assert (payment.status, payment.failure, shop.balance) == ("FAILED", "1 usd were paid.", 0)


def test_repeated_key_opens_one_page_and_another_amount_is_refused(shop: Shop) -> None:
    first, again = shop.order(key="k"), shop.order(key="k")
    assert (first.pk, first.checkout_url) == (again.pk, again.checkout_url)
    assert shop.stripe.count("POST", "/v1/checkout/sessions") == 1
    with pytest.raises(KeyReused):
        shop.order(amount=2000, key="k")


def test_key_goes_on_where_it_was_cut_off(shop: Shop) -> None:
    """Stripe has opened the page, and the answer was lost."""
    shop.stripe.lost.append("POST /v1/checkout/sessions")
    with pytest.raises(ProviderUnavailable):
        shop.order(key="k")
    payment = shop.order(key="k")
    assert payment.checkout_id in shop.stripe.things
    assert sum(thing["object"] == "checkout.session" for thing in shop.stripe.things.values()) == 1


def test_open_pages_are_limited(shop: Shop) -> None:
    for _ in range(OPEN_MAX):
        shop.order()
    with pytest.raises(TooManyCheckouts):
        shop.order()
    assert Payment.objects.count() == OPEN_MAX


def test_first_orders_of_a_user_at_once_make_one_customer(shop: Shop) -> None:
    at_once(8, lambda number: shop.order().pk)
    assert sum(thing["object"] == "customer" for thing in shop.stripe.things.values()) == 1
    assert Customer.objects.count() == 1


def test_browser_and_two_webhooks_at_once_credit_once(shop: Shop) -> None:
    payment = shop.order()
    session = shop.stripe.pay(str(payment.checkout_id))

    def arrive(number: int) -> int:
        if number % 3 == 0:
            return shop.api.patch("/api/v1/credits").status_code
        type_ = ("checkout.session.completed", "payment_intent.succeeded")[number % 3 - 1]
        thing = session if number % 3 == 1 else shop.stripe.things[session["payment_intent"]]
        return tell(type_, thing, id_=f"evt_{number % 3}").status_code

    assert set(at_once(12, arrive)) == {200}
    assert amounts_of(shop.account.pk) == [1000]
    assert_adds_up()


def test_only_one_of_many_fulfilments_credits(shop: Shop) -> None:
    payment = shop.order()
    shop.stripe.pay(str(payment.checkout_id))
    at_once(16, lambda number: fulfil(Payment.objects.get(pk=payment.pk), now=timezone.now()).status)
    assert amounts_of(shop.account.pk) == [1000]


def test_page_that_nobody_pays_expires(shop: Shop) -> None:
    payment = shop.order()
    assert expire_pending(now=timezone.now()) == 0
    assert expire_pending(now=timezone.now() + timedelta(hours=2)) == 1
    payment.refresh_from_db()
    assert (payment.status, shop.balance) == ("EXPIRED", 0)


def test_late_payment_is_credited_instead_of_expired(shop: Shop) -> None:
    payment = shop.order()
    shop.stripe.pay(str(payment.checkout_id))
    expire_pending(now=timezone.now() + timedelta(hours=2))
    payment.refresh_from_db()
    assert (payment.status, shop.balance) == ("PAID", 1000)


def test_nothing_expires_while_stripe_is_silent(shop: Shop) -> None:
    payment = shop.order()
    shop.stripe.down = True
    assert expire_pending(now=timezone.now() + timedelta(hours=2)) == 0
    payment.refresh_from_db()
    assert payment.status == "PENDING"


def test_expired_payment_that_was_paid_after_all_is_credited_once(shop: Shop) -> None:
    payment = shop.order()
    expire_pending(now=timezone.now() + timedelta(hours=2))
    shop.stripe.pay(str(payment.checkout_id))
    later = timezone.now() + timedelta(hours=3)
    assert [reconcile_payments(now=later), reconcile_payments(now=later)] == [1, 0]
    assert amounts_of(shop.account.pk) == [1000]


def test_payment_that_was_paid_while_we_were_away_is_found(shop: Shop) -> None:
    """Neither the webhook nor the browser has come through."""
    payment = shop.order()
    shop.stripe.pay(str(payment.checkout_id))
    Payment.objects.update(created_at=timezone.now() - timedelta(minutes=10))
    at_once(4, lambda number: tasks.reconcile())
    assert amounts_of(shop.account.pk) == [1000]


def test_what_ended_without_money_is_asked_about_seldom(shop: Shop) -> None:
    shop.order()
    later = timezone.now() + timedelta(hours=2)
    expire_pending(now=later)
    reconcile_payments(now=later)
    before = len(shop.stripe.calls)
    reconcile_payments(now=later + timedelta(minutes=5))
    assert len(shop.stripe.calls) == before


def test_strangers_payments_are_not_fulfilled(shop: Shop) -> None:
    shop.stripe.pay(str(shop.order().checkout_id))
    assert shop.stranger.patch("/api/v1/credits").json() == {"credits": 0, "fulfilled": 0}
