"""Cards, bills and the portal."""

import pytest

from credits.payments.models import Customer
from tests.credits.payments.cast import Shop

CREDITS = "/api/v1/credits"


def test_saved_cards_are_listed_as_people_know_them(shop: Shop) -> None:
    shop.save_card()
    (card,) = shop.api.get(f"{CREDITS}/cards").json()
    assert (card["brand"], card["last4"]) == ("visa", "4242")
    assert shop.stranger.get(f"{CREDITS}/cards").json() == []


def test_looking_makes_no_customer(shop: Shop) -> None:
    assert shop.api.get(f"{CREDITS}/cards").json() == []
    assert shop.api.get(f"{CREDITS}/invoices").json() == []
    assert not Customer.objects.exists()
    assert shop.stripe.calls == []


def test_portal_leads_to_the_users_own_page(shop: Shop) -> None:
    url = shop.api.get(f"{CREDITS}/manage").json()["url"]
    assert url.endswith(Customer.objects.get(account=shop.account).customer_id)
    (call,) = [call for call in shop.stripe.calls if call.path == "/v1/billing_portal/sessions"]
    assert call.params["return_url"] == "http://testserver/credits"


def test_bills_are_listed(shop: Shop) -> None:
    shop.save_card()
    facts = {"number": "A-1", "total": 1000, "amount_paid": 1000, "currency": "usd", "status": "paid"}
    shop.stripe._new("in", "invoice", customer=Customer.objects.get().customer_id, **facts)
    (bill,) = shop.api.get(f"{CREDITS}/invoices").json()
    assert {name: bill[name] for name in facts} == facts


@pytest.mark.parametrize(("limit", "status", "sent"), [("", 200, "24"), ("1", 200, "1"), ("100", 200, "100")])
def test_so_many_bills_are_asked_for(shop: Shop, limit: str, status: int, sent: str) -> None:
    shop.save_card()
    query = {"limit": limit} if limit else {}
    assert shop.api.get(f"{CREDITS}/invoices", query).status_code == status
    assert shop.stripe.calls[-1].params["limit"] == sent


@pytest.mark.parametrize("limit", ["0", "101", "many"])
def test_other_numbers_of_bills_are_refused(shop: Shop, limit: str) -> None:
    answer = shop.api.get(f"{CREDITS}/invoices", {"limit": limit})
    assert (answer.status_code, list(answer.json()["fields"])) == (400, ["limit"])


def test_silent_stripe_is_told_as_such(shop: Shop) -> None:
    shop.stripe.down = True
    answer = shop.api.post(CREDITS, {"credit_amount": 1000}, format="json")
    assert (answer.status_code, answer.json()["code"]) == (503, "payment_provider_unavailable")
