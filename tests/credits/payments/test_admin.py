"""Payments in the admin."""

import pytest
from django.contrib.auth.models import Permission
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from accounts.models import User
from credits.ledger import charge
from credits.payments.models import AutoTopUp, Payment, PaymentEvent, RefundRequest
from credits.payments.refunds import request_refund
from tests.credits.admin_pages import act, preview
from tests.credits.cast import amounts_of
from tests.credits.payments.cast import Shop, tell

pytestmark = pytest.mark.urls("tests.credits.payments.urls")

REQUESTS = "/admin/payments/refundrequest/"


@pytest.fixture
def root(transactional_db: None, client: Client) -> Client:
    client.force_login(User.objects.create_superuser("root@example.org"))
    return client


def waiting(shop: Shop) -> RefundRequest:
    payment = shop.buy(1000)
    charge(shop.account, amount=900, key="k", reason="Used")
    return request_refund(shop.account, payment, now=timezone.now(), reason="It did nothing")


def decide(client: Client, asked: RefundRequest, action: str, reason: str = "Goodwill") -> HttpResponse:
    return act(client, REQUESTS, action, [asked], reason=reason)


def test_approval_gives_the_money_back_and_says_who_decided(shop: Shop, root: Client) -> None:
    asked = waiting(shop)
    page = decide(root, asked, "approve_refunds").content.decode()
    asked.refresh_from_db()
    assert "approved, 1,000 ($10.00)" in page
    assert (asked.status, str(asked.decided_by)) == ("APPROVED", "root@example.org")
    assert amounts_of(shop.account.pk) == [1000, -900, -1000]


def test_approving_again_refunds_nothing(shop: Shop, root: Client) -> None:
    asked = waiting(shop)
    decide(root, asked, "approve_refunds")
    assert "has been decided" in decide(root, asked, "approve_refunds").content.decode()
    assert amounts_of(shop.account.pk) == [1000, -900, -1000]


def test_preview_decides_nothing_and_shows_the_balance(shop: Shop, root: Client) -> None:
    asked = waiting(shop)
    page = preview(root, REQUESTS, "approve_refunds", [asked], reason="Goodwill").content.decode()
    asked.refresh_from_db()
    assert "-900 (-$9.00)" in page
    assert asked.status == "PENDING"


def test_rejection_tells_the_user_why(shop: Shop, root: Client) -> None:
    asked = waiting(shop)
    decide(root, asked, "reject_refunds", "It was used")
    (line,) = shop.api.get("/api/v1/credits/refunds").json()
    assert (line["status"], line["result"], line["reason"]) == ("REJECTED", "It was used", "It did nothing")


@pytest.mark.parametrize("action", ["approve_refunds", "reject_refunds"])
def test_decision_needs_a_reason(shop: Shop, root: Client, action: str) -> None:
    asked = waiting(shop)
    assert "This field is required." in preview(root, REQUESTS, action, [asked], reason=" ").content.decode()
    decide(root, asked, action, " ")
    asked.refresh_from_db()
    assert asked.status == "PENDING"


def test_staff_who_may_only_look_cannot_decide(shop: Shop, client: Client) -> None:
    asked = waiting(shop)
    clerk = User.objects.create_user("clerk@example.org", is_staff=True)
    clerk.user_permissions.add(Permission.objects.get(codename="view_refundrequest"))
    client.force_login(clerk)
    decide(client, asked, "approve_refunds")
    asked.refresh_from_db()
    assert asked.status == "PENDING"


def test_everything_can_be_looked_at_and_nothing_changed(shop: Shop, root: Client) -> None:
    asked = waiting(shop)
    tell("customer.created", {"id": "cus_9"})
    wish = AutoTopUp.objects.create(account=shop.account)
    rows = {"payment": Payment.objects.get(), "paymentevent": PaymentEvent.objects.get(), "autotopup": wish}
    rows |= {"refundrequest": asked, "customer": shop.account.customers.get()}
    for name, row in rows.items():
        assert root.get(f"/admin/payments/{name}/?q=a").status_code == 200
        assert root.get(f"/admin/payments/{name}/{row.pk}/change/").status_code == 200
        assert root.get(f"/admin/payments/{name}/add/").status_code == 403
        assert root.get(f"/admin/payments/{name}/{row.pk}/delete/").status_code == 403
    root.post(f"/admin/payments/payment/{rows['payment'].pk}/change/", {"amount": "1"})
    assert Payment.objects.get().amount == 1000
