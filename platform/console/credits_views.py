"""The credits page and its forms. Each form has an address of its own and comes back to the page."""

from collections.abc import Callable, Mapping
from typing import Any, cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts.models import User
from console.credits_forms import AutoTopUpForm, CodeForm, CreditsForm, ThresholdForm, TopUpForm
from console.credits_page import page_of
from credits.codes import redeem
from credits.errors import CursorInvalid
from credits.freezing import set_limits
from credits.models import Account
from credits.payments.auto_top_up import set_auto_top_up
from credits.payments.checkout import fulfil_open, start_top_up
from credits.payments.customers import portal_url
from credits.payments.models import CREDITED, Payment, PaymentKind, PaymentStatus
from credits.refill import refill_if_due
from reliability.errors import SluiceError

PAGE = "console:credits"


@login_required
@require_safe
def credits(request: HttpRequest) -> HttpResponse:
    """Balance, usage and history. Whoever comes back from a payment page finds here what was paid."""
    account, now = _account(request), timezone.now()
    refill_if_due(account, now=now)
    if "topup" in request.GET:
        return _back_from_payment(request, account)
    try:
        return _page(request, account, cursor=request.GET.get("cursor", ""))
    except CursorInvalid as error:
        raise Http404 from error


@login_required
@require_POST
def top_up(request: HttpRequest) -> HttpResponse:
    """Lead to the payment page."""

    def open_page(account: Account, wish: dict[str, Any]) -> HttpResponse:
        back, key = request.build_absolute_uri(reverse(PAGE)), str(wish["key"])
        payment = start_top_up(account, amount=wish["credit_amount"], return_url=back, now=timezone.now(), key=key)
        return redirect(payment.checkout_url or PAGE)

    return _sent(request, "top_up", TopUpForm(request.POST), open_page)


@login_required
@require_POST
def auto_top_up(request: HttpRequest) -> HttpResponse:
    def store(account: Account, wish: dict[str, Any]) -> HttpResponse:
        set_auto_top_up(account, now=timezone.now(), **wish)
        return _done(request, "Automatic top-ups are set." if wish["amount"] else "Automatic top-ups are switched off.")

    return _sent(request, "auto_top_up", AutoTopUpForm(request.POST), store)


@login_required
@require_POST
def threshold(request: HttpRequest) -> HttpResponse:
    def store(account: Account, wish: dict[str, Any]) -> HttpResponse:
        set_limits(account, reason="Set by its owner", actor=cast(User, request.user), **wish)
        return _done(request, "The warning is set.")

    return _sent(request, "threshold", ThresholdForm(request.POST), store)


@login_required
@require_POST
def code(request: HttpRequest) -> HttpResponse:
    def give(account: Account, wish: dict[str, Any]) -> HttpResponse:
        given = redeem(account, code=wish["code"], now=timezone.now())
        return _done(request, f"Credits from the code: {given.amount:,}.")

    return _sent(request, "code", CodeForm(request.POST), give)


@login_required
@require_POST
def manage(request: HttpRequest) -> HttpResponse:
    """Lead to the provider's page for cards and bills."""
    try:
        return redirect(portal_url(_account(request), return_url=request.build_absolute_uri(reverse(PAGE))))
    except SluiceError as error:
        messages.error(request, error.message)
        return redirect(PAGE)


def _sent(
    request: HttpRequest, name: str, form: CreditsForm, act: Callable[[Account, dict[str, Any]], HttpResponse]
) -> HttpResponse:
    """Act if the form is filled in well; else the page again, with what is wrong."""
    account = _account(request)
    if form.is_valid():
        try:
            return act(account, form.cleaned_data)
        except SluiceError as error:
            form.refuse(error)
    return _page(request, account, status=400, bound={name: form})


def _page(
    request: HttpRequest,
    account: Account,
    *,
    cursor: str = "",
    status: int = 200,
    bound: Mapping[str, CreditsForm] | None = None,
) -> HttpResponse:
    content = page_of(account, now=timezone.now(), cursor=cursor, bound=bound or {})
    return render(request, "console/credits.html", content, status=status)


def _back_from_payment(request: HttpRequest, account: Account) -> HttpResponse:
    """To an address that can be loaded again without a thought."""
    try:
        paid = fulfil_open(account, now=timezone.now())
    except SluiceError as error:
        return _done(request, f"{error.message} What you have paid will be credited all the same.")
    if request.GET["topup"] != "success" and not paid:
        return _done(request, "Nothing was paid.")
    is_credited = paid or _all_credited(account)
    return _done(request, "The payment is credited." if is_credited else "The payment is credited once it has arrived.")


def _all_credited(account: Account) -> bool:
    """Whether the provider's own message was faster than the browser. While another payment is open, nobody knows."""
    bought = Payment.objects.filter(account=account, kind=PaymentKind.TOP_UP)
    newest = bought.first()
    is_open = bought.filter(status=PaymentStatus.PENDING).exists()
    return newest is not None and newest.status in CREDITED and not is_open


def _done(request: HttpRequest, text: str) -> HttpResponse:
    messages.success(request, text)
    return redirect(PAGE)


def _account(request: HttpRequest) -> Account:
    return Account.objects.select_related("user").get(user=cast(User, request.user))
