"""The built-in provider: the whole flow through pages and API, and only where it is allowed."""

import runpy
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from credits.models import Account
from credits.payments.checks import check_provider
from credits.payments.errors import PaymentsUnavailable
from credits.payments.models import Payment, SandboxCard, SandboxCharge
from credits.payments.providers import current_provider
from credits.payments.providers.sandbox import pay
from credits.payments.reconciliation import expire_pending
from tests.api.cast import client_of
from tests.credits.cast import ada, amounts_of, assert_adds_up
from tests.credits.test_races import at_once
from tests.house.processes import ROOT, manage

pytestmark = pytest.mark.django_db(transaction=True)

CREDITS = "/api/v1/credits"


class Visit:
    """Ada with her browser and her program."""

    def __init__(self) -> None:
        self.account: Account = ada()
        self.api = client_of(self.account.user)
        self.browser = Client()
        self.browser.force_login(self.account.user)

    def order(self, amount: int = 1000) -> str:
        answer = self.api.post(CREDITS, {"credit_amount": amount}, format="json")
        return str(answer.json()["checkout_url"])

    def buy(self, amount: int = 1000, **answers: str) -> Any:
        return self.browser.post(self.order(amount), {"answer": "pay", **answers})


@pytest.fixture
def visit() -> Visit:
    return Visit()


def test_whole_flow_without_stripe(visit: Visit) -> None:
    answer = visit.api.post(CREDITS, {"credit_amount": 1000}, format="json").json()
    assert answer["sandbox"] == "No real money is taken."
    page = visit.browser.get(answer["checkout_url"])
    assert "Sandbox, no real money." in page.content.decode()
    back = visit.browser.post(answer["checkout_url"], {"answer": "pay"})
    assert (back.status_code, back["Location"]) == (302, "http://testserver/credits?topup=success")
    assert visit.api.patch(CREDITS).json() == {"credits": 1000, "fulfilled": 0}
    assert [card["last4"] for card in visit.api.get(f"{CREDITS}/cards").json()] == ["4242"]
    assert [bill["total"] for bill in visit.api.get(f"{CREDITS}/invoices").json()] == [1000]
    assert visit.api.post(f"{CREDITS}/{answer['payment_id']}/refund").json() == 1000
    assert amounts_of(visit.account.pk) == [1000, -1000]
    assert_adds_up()


def test_turning_back_pays_nothing(visit: Visit) -> None:
    back = visit.browser.post(visit.order(), {"answer": "cancel"})
    assert back["Location"] == "http://testserver/credits?topup=cancel"
    assert visit.api.patch(CREDITS).json() == {"credits": 0, "fulfilled": 0}


def test_browser_back_credits_what_the_page_could_not(visit: Visit) -> None:
    """The page was paid, and the process ended before it told us."""
    visit.order()
    pay(SandboxCharge.objects.get(), declines=False, now=timezone.now())
    assert visit.api.patch(CREDITS).json() == {"credits": 1000, "fulfilled": 1}


def test_paying_many_times_at_once_credits_once(visit: Visit) -> None:
    url = visit.order()
    assert set(at_once(8, lambda number: visit.browser.post(url, {"answer": "pay"}).status_code)) <= {200, 302}
    assert amounts_of(visit.account.pk) == [1000]


def test_expired_page_cannot_be_paid(visit: Visit) -> None:
    url = visit.order()
    SandboxCharge.objects.update(expires_at=timezone.now())
    page = visit.browser.post(url, {"answer": "pay"})
    assert "Nothing can be paid here any more." in page.content.decode()
    assert expire_pending(now=timezone.now() + timedelta(hours=2)) == 1
    assert amounts_of(visit.account.pk) == []


def test_strangers_page_is_not_found(visit: Visit) -> None:
    url = visit.order()
    stranger = Client()
    stranger.force_login(User.objects.create_user("grace@example.org"))
    assert stranger.get(url).status_code == 404
    assert stranger.post(url, {"answer": "pay"}).status_code == 404
    assert Client().get(url).status_code == 302


def test_auto_top_up_with_a_sandbox_card(visit: Visit) -> None:
    visit.buy(500)
    answer = visit.api.post(f"{CREDITS}/auto-top-up", {"threshold": 600, "amount": 1000}, format="json")
    assert answer.status_code == 200
    assert amounts_of(visit.account.pk) == [500, 1000]


def test_declining_card_declines_later(visit: Visit) -> None:
    visit.buy(500, declines="on")
    answer = visit.api.post(f"{CREDITS}/auto-top-up", {"threshold": 600, "amount": 1000}, format="json")
    assert (answer.status_code, answer.json()["code"]) == (402, "card_declined")
    assert amounts_of(visit.account.pk) == [500]


def test_portal_forgets_cards(visit: Visit) -> None:
    visit.buy()
    portal = visit.api.get(f"{CREDITS}/manage").json()["url"]
    assert "…4242" in visit.browser.get(portal).content.decode()
    assert visit.browser.post(portal, {"last4": "4242\x00"}).status_code == 302
    assert SandboxCard.objects.exists()
    visit.browser.post(portal, {"last4": "4242"})
    assert not SandboxCard.objects.exists()


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("post", CREDITS, {"credit_amount": 1000}),
        ("post", f"{CREDITS}/auto-top-up", {"threshold": 500, "amount": 1000}),
        ("get", f"{CREDITS}/manage", None),
        ("get", f"{CREDITS}/invoices", None),
        ("get", f"{CREDITS}/cards", None),
    ],
)
@pytest.mark.parametrize("setting", ["SANDBOX_PAYMENTS", "SITE_IS_LOCAL"])
def test_production_refuses_the_sandbox(
    visit: Visit, settings: Any, setting: str, method: str, path: str, body: Any
) -> None:
    setattr(settings, setting, False)
    answer = getattr(visit.api, method)(path, body, format="json")
    assert (answer.status_code, answer.json()["code"]) == (503, "payments_unavailable")
    assert not Payment.objects.exists()


def test_page_that_is_open_when_the_sandbox_is_switched_off_credits_nothing(visit: Visit, settings: Any) -> None:
    url = visit.order()
    settings.SANDBOX_PAYMENTS = False
    assert visit.browser.post(url, {"answer": "pay"}).status_code == 404
    assert visit.api.patch(CREDITS).status_code == 503
    SandboxCharge.objects.update(status="PAID")
    expire_pending(now=timezone.now() + timedelta(hours=2))
    assert (Payment.objects.get().status, amounts_of(visit.account.pk)) == ("EXPIRED", [])


@pytest.mark.parametrize(
    ("hosts", "allowed"),
    [(None, True), ("localhost,[::1]", True), ("sluice.example.org", False), ("localhost,*", False)],
)
def test_sandbox_is_on_only_where_nobody_else_comes(
    monkeypatch: pytest.MonkeyPatch, hosts: str | None, allowed: bool
) -> None:
    if hosts is not None:
        monkeypatch.setenv("ALLOWED_HOSTS", hosts)
    assert runpy.run_path(str(ROOT / "platform/config/settings.py"))["SANDBOX_PAYMENTS"] is allowed


def test_with_a_stripe_key_there_is_no_sandbox(settings: Any) -> None:
    settings.STRIPE_SECRET_KEY = "sk_test_fake"
    assert not current_provider().is_sandbox
    settings.STRIPE_SECRET_KEY = ""
    settings.PAYMENT_PROVIDER = "stripe"
    with pytest.raises(PaymentsUnavailable):
        current_provider()


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({}, []),
        ({"PAYMENT_PROVIDER": "paypal"}, ["payments.E001"]),
        ({"PAYMENT_PROVIDER": "stripe"}, ["payments.E002"]),
        ({"STRIPE_SECRET_KEY": "sk_test_fake"}, ["payments.W001"]),
        ({"SITE_IS_LOCAL": False}, ["payments.W002"]),
        ({"SITE_IS_LOCAL": False, "SANDBOX_PAYMENTS": False}, []),
    ],
)
def test_checks_name_what_cannot_work(settings: Any, changes: dict[str, Any], found: list[str]) -> None:
    for name, value in changes.items():
        setattr(settings, name, value)
    assert [message.id for message in check_provider(None)] == found


def test_stripes_package_is_not_imported_without_a_key(tmp_path: Any) -> None:
    code = "import sys, config.urls; print('stripe' in sys.modules)"
    assert manage("shell", "--no-imports", "-c", code, home=tmp_path).stdout.strip() == "False"
