"""Credits over the API. Buying them is in payments/api.py."""

from datetime import UTC, datetime, timedelta
from typing import ClassVar, cast

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import User
from api.scopes import Scope
from api.views import ApiView
from credits.bodies import (
    AccountBodySerializer,
    HistoryBodySerializer,
    HoldsBodySerializer,
    RedeemedBodySerializer,
    UsageBodySerializer,
)
from credits.codes import redeem
from credits.cursors import read_cursor
from credits.history import Page, read_page
from credits.models import Account, Hold
from credits.refill import refill_if_due
from credits.serializers import (
    USAGE_DAYS,
    USAGE_DAYS_MAX,
    CodeSerializer,
    HistoryQuery,
    HoldsQuery,
    UsageQuery,
    account_body,
    hold_body,
    page_body,
    usage_body,
)
from credits.spendable import spent_on
from credits.usage import usage_by

USAGE_TIME = timedelta(days=USAGE_DAYS)
#: Before it there is nothing, and dates end.
FIRST_DAY = datetime(2000, 1, 1, tzinfo=UTC)


class CreditsView(ApiView):
    """What the user can spend."""

    scopes: ClassVar = {"GET": (Scope.READ_CREDITS,)}

    @extend_schema(responses={200: AccountBodySerializer})
    def get(self, request: Request) -> Response:
        account, now = own_account(request), timezone.now()
        refill_if_due(account, now=now)
        return Response(account_body(account, spent_today=spent_on(account, now.date())))


class TransactionsView(ApiView):
    """What has changed the balance, newest first, what one execution cost as one item."""

    scopes: ClassVar = {"GET": (Scope.READ_CREDITS,)}

    @extend_schema(parameters=[HistoryQuery], responses={200: HistoryBodySerializer})
    def get(self, request: Request) -> Response:
        query = HistoryQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        account, wish = own_account(request), query.validated_data
        type, limit = wish["transaction_type"], wish["transaction_count_limit"]
        if "cursor" in wish:
            page = _following(account, wish["cursor"], type, limit)
        else:
            page = read_page(account, limit=limit, type=type, before=wish.get("transaction_time"))
        return Response(page_body(page, account, type=type))


class HoldsView(ApiView):
    """What is set aside, or was, newest first."""

    scopes: ClassVar = {"GET": (Scope.READ_CREDITS,)}

    @extend_schema(parameters=[HoldsQuery], responses={200: HoldsBodySerializer})
    def get(self, request: Request) -> Response:
        query = HoldsQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        holds = Hold.objects.filter(account=own_account(request), status=query.validated_data["status"])
        return Response({"holds": [hold_body(hold) for hold in holds[: query.validated_data["limit"]]]})


class UsageView(ApiView):
    """What was used, added up."""

    scopes: ClassVar = {"GET": (Scope.READ_CREDITS,)}

    @extend_schema(parameters=[UsageQuery], responses={200: UsageBodySerializer})
    def get(self, request: Request) -> Response:
        query = UsageQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        since, until = _span(query.validated_data, timezone.now())
        group_by = query.validated_data["group_by"]
        lines = usage_by(own_account(request), group_by, since=since, until=until)
        return Response(usage_body(group_by, since, until, lines))


class RedeemView(ApiView):
    """A code's credits. Who sends the same code again gets the same answer, and nothing more."""

    scopes: ClassVar = {"POST": (Scope.WRITE_CREDITS,)}

    @extend_schema(request=CodeSerializer, responses={200: RedeemedBodySerializer})
    def post(self, request: Request) -> Response:
        body = CodeSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        account = own_account(request)
        given = redeem(account, code=body.validated_data["code"], now=timezone.now())
        account.refresh_from_db()
        return Response({"credits": account.balance, "amount": given.amount, "transaction_key": given.key})


def own_account(request: Request) -> Account:
    return Account.objects.get(user=cast(User, request.user))


def _following(account: Account, text: str, type: str, limit: int) -> Page:
    cursor = read_cursor(text, account, type=type)
    return read_page(account, limit=limit, type=type, before=cursor.before, snapshot=cursor.snapshot)


def _span(wish: dict[str, datetime], now: datetime) -> tuple[datetime, datetime]:
    """Raises ValidationError for a time that ends before it begins, or is too long."""
    until = wish.get("until", now)
    since = wish.get("since") or max(until, FIRST_DAY + USAGE_TIME) - USAGE_TIME
    if since >= until:
        raise serializers.ValidationError({"since": "It must be before `until`."})
    if until - since > timedelta(days=USAGE_DAYS_MAX):
        raise serializers.ValidationError({"since": f"At most {USAGE_DAYS_MAX} days before `until`."})
    return since, until
