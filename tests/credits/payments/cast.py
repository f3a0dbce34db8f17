"""Ada at the shop: the fake Stripe, her account, and a client that speaks for her."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import User
from credits.models import Account
from credits.payments.checkout import start_top_up
from credits.payments.customers import ensure_customer
from credits.payments.models import Payment
from credits.payments.providers import current_provider
from tests.api.cast import client_of
from tests.credits.cast import ada, balance_of
from tests.credits.payments.fake_stripe import FakeStripe, event, signature

WEBHOOK = "/api/v1/credits/stripe_webhook"
BACK = "http://localhost/credits"


@dataclass(frozen=True)
class Shop:
    stripe: FakeStripe
    account: Account
    api: APIClient
    stranger: APIClient

    @staticmethod
    def open(stripe: FakeStripe) -> "Shop":
        account = ada()
        grace = User.objects.create_user("grace@example.org")
        return Shop(stripe=stripe, account=account, api=client_of(account.user), stranger=client_of(grace))

    @property
    def balance(self) -> int:
        return balance_of(self.account.pk)

    def order(self, amount: int = 1000, **fields: Any) -> Payment:
        """Ada is sent to the payment page."""
        return start_top_up(self.account, amount=amount, return_url=BACK, now=timezone.now(), **fields)

    def buy(self, amount: int = 1000) -> Payment:
        """Ada has paid, and the browser is back."""
        payment = self.order(amount)
        self.stripe.pay(str(payment.checkout_id))
        self.api.patch("/api/v1/credits")
        payment.refresh_from_db()
        return payment

    def save_card(self) -> None:
        self.stripe.save_card(ensure_customer(self.account, current_provider()))


def tell(type_: str, thing: dict[str, Any], **fields: Any) -> HttpResponse:
    """Stripe sends a message."""
    body = event(type_, thing, **fields)
    return send(body, signature(body))


def send(body: bytes, signed: str) -> HttpResponse:
    headers = {"HTTP_STRIPE_SIGNATURE": signed}
    return Client().post(WEBHOOK, body, content_type="application/json", **headers)
