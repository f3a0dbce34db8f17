"""The ledger: to look at. What was wrong is reversed."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from accounts.read_only import ReadOnly
from credits.admin.acting import act
from credits.admin.changes import Reversal
from credits.amounts import credits_and_dollars
from credits.models import Transaction


@admin.register(Transaction)
class TransactionAdmin(ReadOnly, admin.ModelAdmin):
    list_display = (
        "created_at",
        "owner",
        "type",
        "amount_shown",
        "balance_shown",
        "execution_link",
        "reason",
        "actor",
        "seq",
    )
    list_filter = ("type", "created_at")
    list_select_related = ("account__user", "actor")
    search_fields = ("account__user__email", "key", "reason", "=execution")
    ordering = ("-created_at",)
    readonly_fields = ("execution_link",)
    actions = ("reverse_transactions",)

    @admin.display(description="user", ordering="account__user__email")
    def owner(self, transaction: Transaction) -> SafeString:
        address = reverse("admin:credits_account_change", args=[transaction.account_id])
        return format_html('<a href="{}">{}</a>', address, transaction.account.user.email)

    @admin.display(description="amount", ordering="amount")
    def amount_shown(self, transaction: Transaction) -> str:
        return credits_and_dollars(transaction.amount)

    @admin.display(description="balance after")
    def balance_shown(self, transaction: Transaction) -> str:
        return credits_and_dollars(transaction.running_balance)

    @admin.display(description="execution", ordering="execution")
    def execution_link(self, transaction: Transaction) -> SafeString | str:
        return execution_link(transaction.execution)

    @admin.action(description="Refund: reverse each selected transaction", permissions=["give"])
    def reverse_transactions(self, request: HttpRequest, queryset: QuerySet[Transaction]) -> HttpResponse | None:
        rows = list(queryset.select_related("account__user", "reversal").order_by("account", "seq"))
        accounts = {row.account_id: row.account for row in rows}
        for row in rows:
            row.account = accounts[row.account_id]
        return act(self, request, rows, Reversal())

    def has_give_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("credits.add_transaction")


def execution_link(execution_id: str | None) -> SafeString | str:
    """To the execution's own page in the admin; by its address only, for executions are above credits."""
    if not execution_id:
        return "–"
    try:
        address = reverse("admin:executor_graphexecution_change", args=[execution_id])
    except NoReverseMatch:
        return execution_id
    return format_html('<a href="{}" title="{}">…{}</a>', address, execution_id, execution_id[-8:])
