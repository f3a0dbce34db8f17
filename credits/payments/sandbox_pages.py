"""The built-in provider's pages. They say on top that no real money is behind them."""

from typing import cast
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts.models import User
from credits.models import Account
from credits.payments.customers import customer_id_of
from credits.payments.errors import PaymentsUnavailable
from credits.payments.fulfilment import fulfil
from credits.payments.models import Payment, PaymentStatus, SandboxCard, SandboxCharge
from credits.payments.providers import SANDBOX, provider_named
from credits.payments.providers.sandbox import pay


@login_required
@require_http_methods(["GET", "POST"])
def checkout(request: HttpRequest, charge_id: UUID) -> HttpResponse:
    """Pay, or turn back. Like a real provider it tells us at once, besides sending the browser back."""
    charge = get_object_or_404(SandboxCharge, pk=charge_id, customer_id=_customer_id(request))
    if request.method == "POST" and request.POST.get("answer") == "cancel":
        return redirect(charge.cancel_url)
    if request.method == "POST" and pay(charge, declines="declines" in request.POST, now=timezone.now()):
        fulfil(Payment.objects.get(checkout_id=f"sandbox_{charge.pk}"), now=timezone.now())
        return redirect(charge.success_url)
    charge.refresh_from_db()
    dollars, cents = divmod(charge.amount, 100)
    open_still = charge.status == PaymentStatus.PENDING and charge.expires_at > timezone.now()
    facts = {"charge": charge, "price": f"${dollars:,}.{cents:02d}", "is_open": open_still}
    return render(request, "credits/payments/sandbox_checkout.html", facts)


@login_required
@require_http_methods(["GET", "POST"])
def portal(request: HttpRequest) -> HttpResponse:
    """Saved cards, to be forgotten."""
    cards = SandboxCard.objects.filter(customer_id=_customer_id(request))
    if request.method == "POST":
        forgotten = request.POST.get("last4", "")
        if forgotten.isdecimal():
            cards.filter(last4=forgotten).delete()
        return redirect("sandbox:portal")
    return render(request, "credits/payments/sandbox_portal.html", {"cards": cards.order_by("last4")})


def _customer_id(request: HttpRequest) -> str:
    """Raises Http404 where the sandbox is not allowed, and for who was never sent here."""
    account = Account.objects.get(user=cast(User, request.user))
    try:
        known = customer_id_of(account, provider_named(SANDBOX))
    except PaymentsUnavailable as error:
        raise Http404 from error
    if not known:
        raise Http404
    return known
