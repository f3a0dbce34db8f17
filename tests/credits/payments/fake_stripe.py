"""A server that answers like Stripe, on a real socket. It keeps its state in memory and remembers what it was asked."""

import hashlib
import hmac
import itertools
import json
import re
import time
from dataclasses import dataclass, field
from threading import RLock
from typing import Any

from werkzeug import Request, Response

SECRET_KEY = "sk_test_fake"
WEBHOOK_SECRET = "whsec_fake"
Thing = dict[str, Any]


@dataclass(frozen=True)
class Call:
    method: str
    path: str
    params: dict[str, str]
    key: str | None


@dataclass
class FakeStripe:
    """declines: whether saved cards are declined.  lost: calls ("POST /v1/…") that are done and never answered."""

    calls: list[Call] = field(default_factory=list)
    things: dict[str, Thing] = field(default_factory=dict)
    declines: bool = False
    down: bool = False
    lost: list[str] = field(default_factory=list)
    _answers: dict[str, tuple[int, Thing]] = field(default_factory=dict)
    _numbers: Any = field(default_factory=lambda: itertools.count(1))
    _lock: RLock = field(default_factory=RLock)

    # --- What tests do at Stripe

    def pay(self, session_id: str) -> Thing:
        """The user pays on the page, and the card is saved."""
        session = self.things[session_id]
        facts = {"payment": session["metadata"]["payment"]}
        intent = self._intent(session["customer"], session["amount_subtotal"], facts, "succeeded")
        self.save_card(session["customer"])
        session.update(status="complete", payment_status="paid", payment_intent=intent["id"])
        return session

    def save_card(self, customer: str) -> Thing:
        facts = {"type": "card", "customer": customer, "card": {"brand": "visa", "last4": "4242"}}
        return self._new("pm", "payment_method", **facts)

    def refund(self, intent_id: str, amount: int, status: str = "succeeded", **metadata: str) -> Thing:
        """Somebody refunds in Stripe's dashboard. As many and as much as one likes, unlike the real one."""
        facts = {"payment_intent": intent_id, "amount": amount, "status": status, "metadata": metadata}
        return self._new("re", "refund", **facts)

    def dispute(self, intent_id: str, amount: int, status: str = "needs_response") -> Thing:
        return self._new("dp", "dispute", payment_intent=intent_id, amount=amount, status=status)

    def count(self, method: str, path: str) -> int:
        return sum((call.method, call.path) == (method, path) for call in self.calls)

    # --- The server

    def answer(self, request: Request) -> Response:
        with self._lock:
            params = dict(request.form or request.args)
            key = request.headers.get("Idempotency-Key")
            self.calls.append(Call(request.method, request.path, params, key))
            if self.down:
                return _error(503, "api_error", "down")
            if key and key in self._answers:
                status, body = self._answers[key]
            else:
                status, body = self._route(request.method, request.path, params)
            if key:
                self._answers[key] = (status, body)
            if (wish := f"{request.method} {request.path}") in self.lost:
                self.lost.remove(wish)
                return _error(500, "api_error", "lost")
            return _json(status, body)

    def _route(self, method: str, path: str, params: dict[str, str]) -> tuple[int, Thing]:
        for (wanted, pattern), work in ROUTES.items():
            if wanted == method and (found := re.fullmatch(pattern, path)):
                return work(self, params, *found.groups())
        return 404, {"error": {"type": "invalid_request_error", "message": f"{method} {path}"}}

    def _new(self, prefix: str, kind: str, **facts: Any) -> Thing:
        id_ = f"{prefix}_{next(self._numbers):06d}"
        self.things[id_] = {"id": id_, "object": kind, "created": int(time.time()), **facts}
        return self.things[id_]

    def _intent(self, customer: str, amount: int, metadata: dict[str, str], status: str) -> Thing:
        facts = {"customer": customer, "amount": amount, "currency": "usd", "metadata": metadata, "status": status}
        return self._new("pi", "payment_intent", **facts)

    def _list(self, kind: str, **match: Any) -> tuple[int, Thing]:
        found = [
            thing
            for thing in self.things.values()
            if thing["object"] == kind and all(thing.get(name) == value for name, value in match.items())
        ]
        return 200, {"object": "list", "data": found, "has_more": False, "url": "/v1/list"}

    def make_customer(self, params: dict[str, str]) -> tuple[int, Thing]:
        return 200, self._new("cus", "customer", email=params["email"])

    def make_session(self, params: dict[str, str]) -> tuple[int, Thing]:
        facts = {
            "status": "open",
            "payment_status": "unpaid",
            "payment_intent": None,
            "customer": params["customer"],
            "currency": "usd",
            "amount_subtotal": int(params["line_items[0][price_data][unit_amount]"]),
            "metadata": {"payment": params["metadata[payment]"]},
            "success_url": params["success_url"],
        }
        session = self._new("cs", "checkout.session", **facts)
        session["url"] = f"https://checkout.stripe.example/{session['id']}"
        return 200, session

    def session(self, params: dict[str, str], id_: str) -> tuple[int, Thing]:
        session = self.things[id_]
        return 200, session | {"payment_intent": self.things.get(session["payment_intent"])}

    def payment_methods(self, params: dict[str, str], customer: str) -> tuple[int, Thing]:
        return self._list("payment_method", customer=customer)

    def make_intent(self, params: dict[str, str]) -> tuple[int, Thing]:
        facts = {"payment": params["metadata[payment]"]}
        status = "requires_payment_method" if self.declines else "succeeded"
        intent = self._intent(params["customer"], int(params["amount"]), facts, status)
        return _declined() if self.declines else (200, intent)

    def make_setup(self, params: dict[str, str]) -> tuple[int, Thing]:
        if self.declines:
            return _declined()
        facts = {"payment": params["metadata[payment]"]}
        return 200, self._new("seti", "setup_intent", customer=params["customer"], metadata=facts, status="succeeded")

    def thing(self, params: dict[str, str], id_: str) -> tuple[int, Thing]:
        if id_ not in self.things:
            return 404, {"error": {"type": "invalid_request_error", "code": "resource_missing", "message": id_}}
        return 200, self.things[id_]

    def make_portal(self, params: dict[str, str]) -> tuple[int, Thing]:
        url = f"https://billing.stripe.example/{params['customer']}"
        return 200, self._new("bps", "billing_portal.session", url=url)

    def make_refund(self, params: dict[str, str]) -> tuple[int, Thing]:
        paid = self.things[params["payment_intent"]]
        refunds = self._list("refund", payment_intent=paid["id"])[1]["data"]
        if sum(refund["amount"] for refund in refunds) + int(params["amount"]) > paid["amount"]:
            return 400, {"error": {"type": "invalid_request_error", "message": "More than was paid."}}
        return 200, self.refund(paid["id"], int(params["amount"]), request=params["metadata[request]"])

    def contest(self, params: dict[str, str], id_: str) -> tuple[int, Thing]:
        self.things[id_].update(status="under_review", evidence=params["evidence[uncategorized_text]"])
        return 200, self.things[id_]

    def concede(self, params: dict[str, str], id_: str) -> tuple[int, Thing]:
        self.things[id_]["status"] = "lost"
        return 200, self.things[id_]


ROUTES: dict[tuple[str, str], Any] = {
    ("POST", "/v1/customers"): FakeStripe.make_customer,
    ("POST", "/v1/checkout/sessions"): FakeStripe.make_session,
    ("GET", r"/v1/checkout/sessions/(\w+)"): FakeStripe.session,
    ("GET", r"/v1/customers/(\w+)/payment_methods"): FakeStripe.payment_methods,
    ("POST", "/v1/payment_intents"): FakeStripe.make_intent,
    ("GET", "/v1/payment_intents"): lambda fake, params: fake._list("payment_intent", customer=params["customer"]),
    ("GET", r"/v1/payment_intents/(\w+)"): FakeStripe.thing,
    ("POST", "/v1/setup_intents"): FakeStripe.make_setup,
    ("GET", "/v1/setup_intents"): lambda fake, params: fake._list("setup_intent", customer=params["customer"]),
    ("POST", "/v1/billing_portal/sessions"): FakeStripe.make_portal,
    ("GET", "/v1/invoices"): lambda fake, params: fake._list("invoice", customer=params["customer"]),
    ("GET", "/v1/refunds"): lambda fake, params: fake._list("refund", payment_intent=params["payment_intent"]),
    ("POST", "/v1/refunds"): FakeStripe.make_refund,
    ("GET", r"/v1/refunds/(\w+)"): FakeStripe.thing,
    ("GET", r"/v1/disputes/(\w+)"): FakeStripe.thing,
    ("POST", r"/v1/disputes/(\w+)/close"): FakeStripe.concede,
    ("POST", r"/v1/disputes/(\w+)"): FakeStripe.contest,
}


def event(type_: str, thing: Thing, *, id_: str = "evt_1", livemode: bool = False) -> bytes:
    """A message as Stripe sends it."""
    body = {"id": id_, "object": "event", "type": type_, "livemode": livemode, "data": {"object": thing}}
    return json.dumps(body).encode()


def signature(body: bytes, *, age: int = 0, secret: str = WEBHOOK_SECRET) -> str:
    """age: seconds since it was signed."""
    moment = int(time.time()) - age
    digest = hmac.new(secret.encode(), f"{moment}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={moment},v1={digest}"


def _declined() -> tuple[int, Thing]:
    return 402, {"error": {"type": "card_error", "code": "card_declined", "message": "Your card was declined."}}


def _json(status: int, body: Thing) -> Response:
    return Response(json.dumps(body), status=status, content_type="application/json")


def _error(status: int, type_: str, message: str) -> Response:
    answer = _json(status, {"error": {"type": type_, "message": message}})
    answer.headers["Stripe-Should-Retry"] = "false"
    return answer
