"""Buying credits, refunds and automatic top-ups over the API."""

from dataclasses import asdict
from datetime import datetime
from typing import Any, ClassVar, cast

from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import User
from api.fingerprints import request_digest
from api.idempotency import client_key, id_to_make
from api.scopes import Scope
from api.views import ApiView, Repeats, SignedView
from credits.api import CreditsView
from credits.models import Account
from credits.orders import REASON_MAX_LENGTH
from credits.payments import customers, webhook
from credits.payments.auto_top_up import set_auto_top_up, wish_of
from credits.payments.bodies import (
    AutoTopUpBodySerializer,
    CardBodySerializer,
    CheckoutBodySerializer,
    FulfilledBodySerializer,
    InvoiceBodySerializer,
    PortalBodySerializer,
    ReceivedBodySerializer,
    RefundBodySerializer,
)
from credits.payments.checkout import fulfil_open, start_top_up
from credits.payments.models import AutoTopUp, RefundRequest
from credits.payments.providers import SANDBOX
from credits.payments.refunds import payment_of, request_refund

INVOICES_MAX, INVOICES = 100, 24
REFUND_REQUESTS_MAX = 100
#: The page of the site that payment pages lead back to.
CREDITS_PAGE = "/credits"


@extend_schema_field(int)
class WholeNumber(serializers.Field):
    """A JSON integer and nothing that only looks like one."""

    def to_internal_value(self, data: object) -> int:
        if type(data) is not int:
            raise serializers.ValidationError("A whole number is required.")
        return data


class TopUpSerializer(serializers.Serializer):
    credit_amount = WholeNumber()


class AutoTopUpSerializer(serializers.Serializer):
    threshold = WholeNumber()
    amount = WholeNumber()


class RefundSerializer(serializers.Serializer):
    reason = serializers.CharField(required=False, allow_blank=True, max_length=REASON_MAX_LENGTH)


class LimitSerializer(serializers.Serializer):
    limit = serializers.IntegerField(min_value=1, max_value=INVOICES_MAX, default=INVOICES)


class PaidCreditsView(CreditsView):
    """The balance, and buying credits."""

    scopes: ClassVar = {
        "GET": (Scope.READ_CREDITS,),
        "POST": (Scope.WRITE_CREDITS,),
        "PATCH": (Scope.WRITE_CREDITS,),
    }
    repeats = Repeats.BY_ITSELF
    problems: ClassVar = {"POST": (502, 503), "PATCH": (502, 503)}

    @extend_schema(request=TopUpSerializer, responses={200: CheckoutBodySerializer})
    def post(self, request: Request) -> Response:
        """Open a payment page."""
        body = TopUpSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        payment = start_top_up(
            _account(request),
            amount=body.validated_data["credit_amount"],
            return_url=request.build_absolute_uri(CREDITS_PAGE),
            now=timezone.now(),
            **_keyed(request),
        )
        sandbox = {"sandbox": "No real money is taken."} if payment.provider == SANDBOX else {}
        facts = {"payment_id": str(payment.pk), "status": payment.status}
        return Response({"checkout_url": payment.checkout_url, **facts, **sandbox})

    @extend_schema(request=None, responses={200: FulfilledBodySerializer})
    def patch(self, request: Request) -> Response:
        """The browser is back from the payment page."""
        account = _account(request)
        fulfilled = fulfil_open(account, now=timezone.now())
        account.refresh_from_db()
        return Response({"credits": account.balance, "fulfilled": fulfilled})


class RefundView(ApiView):
    """Asking for the money of one top-up back. The answer is how much goes back now; 0 if an operator decides."""

    scopes: ClassVar = {"POST": (Scope.WRITE_CREDITS,)}
    repeats = Repeats.CLAIMED
    problems: ClassVar = {"POST": (502, 503)}

    @extend_schema(request=RefundSerializer, responses={200: int})
    def post(self, request: Request, transaction_key: str) -> Response:
        body = RefundSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        account = _account(request)
        payment = payment_of(account, transaction_key)
        now, id_ = timezone.now(), id_to_make(request)
        asked = request_refund(account, payment, now=now, id=id_, **body.validated_data)
        return Response(0 if asked.decided_at is None else asked.amount)


class RefundsView(ApiView):
    """What the user has asked back."""

    scopes: ClassVar = {"GET": (Scope.READ_CREDITS,)}

    @extend_schema(responses={200: RefundBodySerializer(many=True)})
    def get(self, request: Request) -> Response:
        asked = RefundRequest.objects.filter(account=_account(request)).select_related("payment__transaction")
        return Response([_refund_body(row, cast(User, request.user)) for row in asked[:REFUND_REQUESTS_MAX]])


class AutoTopUpView(ApiView):
    """Charging a saved card when the balance is low."""

    scopes: ClassVar = {"GET": (Scope.READ_CREDITS,), "POST": (Scope.WRITE_CREDITS,)}
    repeats = Repeats.CLAIMED
    problems: ClassVar = {"POST": (402, 502, 503)}

    @extend_schema(responses={200: AutoTopUpBodySerializer})
    def get(self, request: Request) -> Response:
        return Response(_auto_top_up_body(wish_of(_account(request))))

    @extend_schema(request=AutoTopUpSerializer, responses={200: AutoTopUpBodySerializer})
    def post(self, request: Request) -> Response:
        body = AutoTopUpSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        wish = set_auto_top_up(_account(request), now=timezone.now(), **body.validated_data)
        return Response(_auto_top_up_body(wish))


class ManageView(ApiView):
    """The provider's page for cards and bills. Whoever has its address can change them there."""

    scopes: ClassVar = {"GET": (Scope.WRITE_CREDITS,)}
    problems: ClassVar = {"GET": (502, 503)}

    @extend_schema(responses={200: PortalBodySerializer})
    def get(self, request: Request) -> Response:
        back = request.build_absolute_uri(CREDITS_PAGE)
        return Response({"url": customers.portal_url(_account(request), return_url=back)})


class InvoicesView(ApiView):
    """Bills, newest first."""

    scopes: ClassVar = {"GET": (Scope.READ_CREDITS,)}
    problems: ClassVar = {"GET": (502, 503)}

    @extend_schema(parameters=[LimitSerializer], responses={200: InvoiceBodySerializer(many=True)})
    def get(self, request: Request) -> Response:
        query = LimitSerializer(data=request.query_params)
        query.is_valid(raise_exception=True)
        return Response([asdict(bill) for bill in customers.invoices(_account(request), **query.validated_data)])


class CardsView(ApiView):
    """Saved cards, as people know them."""

    scopes: ClassVar = {"GET": (Scope.READ_CREDITS,)}
    problems: ClassVar = {"GET": (502, 503)}

    @extend_schema(responses={200: CardBodySerializer(many=True)})
    def get(self, request: Request) -> Response:
        return Response([asdict(card) for card in customers.saved_cards(_account(request))])


class StripeWebhookView(SignedView):
    """Stripe's messages. The signature is what says who sends them."""

    problems: ClassVar = {"POST": (503,)}

    @extend_schema(request=OpenApiTypes.OBJECT, responses={200: ReceivedBodySerializer, 500: ReceivedBodySerializer})
    def post(self, request: Request) -> Response:
        signature = request.headers.get("Stripe-Signature", "")
        done = webhook.receive(request.body, signature, now=timezone.now())
        return Response({"received": True, "handled": done}, status=200 if done else 500)


def _keyed(request: Request) -> dict[str, str]:
    """The client's own key, as arguments of the verb that keeps it in the payment. Raises KeyInvalid."""
    key = client_key(request)
    return {} if key is None else {"key": key, "request_digest": request_digest(request)}


def _account(request: Request) -> Account:
    return Account.objects.select_related("user").get(user=cast(User, request.user))


def _auto_top_up_body(wish: AutoTopUp) -> dict[str, Any]:
    return {"threshold": wish.threshold, "amount": wish.amount}


def _refund_body(row: RefundRequest, user: User) -> dict[str, Any]:
    paid = row.payment.transaction
    changed: datetime = row.finished_at or row.decided_at or row.created_at
    return {
        "id": str(row.pk),
        "user_id": str(user.pk),
        "transaction_key": paid.key if paid else str(row.payment_id),
        "amount": row.amount,
        "reason": row.reason,
        "result": row.result or None,
        "status": row.status,
        "created_at": row.created_at,
        "updated_at": changed,
    }
