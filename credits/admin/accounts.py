"""Credit accounts, what operators did to them, and what they can do."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse

from accounts.read_only import ReadOnly
from credits.admin.acting import act
from credits.admin.changes import Adjust, Freeze, Grant, Limit, Unfreeze
from credits.amounts import credits_and_dollars
from credits.models import Account, AccountNote, Hold

Accounts = QuerySet[Account]


class NoteInline(ReadOnly, admin.TabularInline):
    model = AccountNote
    fields = ("created_at", "kind", "reason", "changes", "actor")
    verbose_name_plural = "what operators did"
    extra = 0


class Frozen(admin.SimpleListFilter):
    title = "frozen"
    parameter_name = "frozen"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("yes", "Yes"), ("no", "No")]

    def queryset(self, request: HttpRequest, queryset: Accounts) -> Accounts:
        return queryset.filter(frozen_at__isnull=self.value() == "no") if self.value() else queryset


@admin.register(Account)
class AccountAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ("user", "balance_shown", "held", "debt", "overdraft", "daily_limit", "is_free")
    list_filter = (Frozen,)
    list_select_related = ("user",)
    search_fields = ("user__email", "user__name")
    inlines = (NoteInline,)
    actions = ("grant_credits", "adjust_balance", "freeze_accounts", "unfreeze_accounts", "limit_accounts")

    @admin.display(description="balance", ordering="balance")
    def balance_shown(self, account: Account) -> str:
        return credits_and_dollars(account.balance)

    @admin.display(description="may spend", boolean=True)
    def is_free(self, account: Account) -> bool:
        return account.frozen_at is None

    @admin.action(description="Grant credits", permissions=["give"])
    def grant_credits(self, request: HttpRequest, queryset: Accounts) -> HttpResponse | None:
        return act(self, request, queryset.select_related("user"), Grant())

    @admin.action(description="Correct the balance", permissions=["give"])
    def adjust_balance(self, request: HttpRequest, queryset: Accounts) -> HttpResponse | None:
        return act(self, request, queryset.select_related("user"), Adjust())

    @admin.action(description="Freeze", permissions=["limit"])
    def freeze_accounts(self, request: HttpRequest, queryset: Accounts) -> HttpResponse | None:
        return act(self, request, queryset.select_related("user"), Freeze())

    @admin.action(description="Unfreeze", permissions=["limit"])
    def unfreeze_accounts(self, request: HttpRequest, queryset: Accounts) -> HttpResponse | None:
        return act(self, request, queryset.select_related("user"), Unfreeze())

    @admin.action(description="Set limits", permissions=["limit"])
    def limit_accounts(self, request: HttpRequest, queryset: Accounts) -> HttpResponse | None:
        return act(self, request, queryset.select_related("user"), Limit())

    def has_give_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("credits.add_transaction")

    def has_limit_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("credits.change_account")


@admin.register(Hold)
class HoldAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ("created_at", "owner", "amount", "status", "cost", "uncovered", "expires_at", "closed_at")
    list_filter = ("status",)
    list_select_related = ("account__user",)
    search_fields = ("account__user__email", "key", "=execution_id")

    @admin.display(description="user", ordering="account__user__email")
    def owner(self, hold: Hold) -> str:
        return hold.account.user.email
