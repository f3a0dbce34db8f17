"""Payments in the admin: to look at; a refund is decided by an action that asks for a reason and shows what it does."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse

from accounts.read_only import ReadOnly
from credits.admin.acting import act
from credits.amounts import credits_and_dollars
from credits.payments.decisions import Approve, Reject
from credits.payments.models import AutoTopUp, Customer, Payment, PaymentEvent, Refund, RefundRequest


class OfAccount(ReadOnly):
    """Rows that belong to an account, shown with whose it is."""

    @admin.display(description="user", ordering="account__user__email")
    def owner(self, row: Payment | RefundRequest | Customer | AutoTopUp) -> str:
        return row.account.user.email

    @admin.display(description="amount", ordering="amount")
    def amount_shown(self, row: Payment | RefundRequest | AutoTopUp) -> str:
        return credits_and_dollars(row.amount)


class RefundInline(ReadOnly, admin.TabularInline):
    model = Refund
    fields = ("reference", "amount", "created_at", "returned_at", "transaction")
    extra = 0


@admin.register(Payment)
class PaymentAdmin(OfAccount, admin.ModelAdmin):
    list_display = ("created_at", "owner", "provider", "kind", "status", "amount_shown", "refunded_amount", "failure")
    list_filter = ("status", "kind", "provider", "created_at")
    list_select_related = ("account__user",)
    search_fields = ("account__user__email", "intent_id", "checkout_id", "dispute_id")
    inlines = (RefundInline,)


@admin.register(PaymentEvent)
class PaymentEventAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ("received_at", "type", "event_id", "handled_at", "attempts", "outcome")
    list_filter = ("type", "provider", ("handled_at", admin.EmptyFieldListFilter))
    search_fields = ("event_id", "outcome")


@admin.register(Customer)
class CustomerAdmin(OfAccount, admin.ModelAdmin):
    list_display = ("owner", "provider", "customer_id", "created_at")
    list_select_related = ("account__user",)
    search_fields = ("account__user__email", "customer_id")


@admin.register(AutoTopUp)
class AutoTopUpAdmin(OfAccount, admin.ModelAdmin):
    list_display = ("owner", "threshold", "amount_shown", "failures", "next_try_at", "updated_at")
    list_select_related = ("account__user",)
    search_fields = ("account__user__email",)


@admin.register(RefundRequest)
class RefundRequestAdmin(OfAccount, admin.ModelAdmin):
    list_display = ("created_at", "owner", "amount_shown", "reason", "status", "result", "decided_by", "finished_at")
    list_filter = ("status", "created_at")
    list_select_related = ("account__user", "decided_by")
    search_fields = ("account__user__email",)
    actions = ("approve_refunds", "reject_refunds")

    @admin.action(description=Approve.title, permissions=["decide"])
    def approve_refunds(self, request: HttpRequest, queryset: QuerySet[RefundRequest]) -> HttpResponse | None:
        return act(self, request, queryset.select_related("account__user"), Approve())

    @admin.action(description=Reject.title, permissions=["decide"])
    def reject_refunds(self, request: HttpRequest, queryset: QuerySet[RefundRequest]) -> HttpResponse | None:
        return act(self, request, queryset.select_related("account__user"), Reject())

    def has_decide_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("payments.change_refundrequest")
