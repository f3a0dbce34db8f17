"""Accounts and their ledger in the admin: to look at; what changes a balance is an action that asks for a reason."""

from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ActionForm
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.models import User
from accounts.read_only import ReadOnly
from credits.entries import AMOUNT_MAX, REASON_MAX_LENGTH
from credits.ledger import grant
from credits.models import Account, Transaction
from reliability.errors import SluiceError
from reliability.ids import uuid7


def credits_and_dollars(credits: int) -> str:
    """1 credit = 1 US cent."""
    dollars, cents = divmod(abs(credits), 100)
    return f"{credits:,} ({'-' if credits < 0 else ''}${dollars:,}.{cents:02d})"


class GrantFields(forms.Form):
    """What a grant needs."""

    amount = forms.IntegerField(min_value=1, max_value=AMOUNT_MAX)
    reason = forms.CharField(max_length=REASON_MAX_LENGTH)
    grant_key = forms.UUIDField()


class GrantActionForm(ActionForm):
    """The fields beside the list's action. The action checks them, because it can say what is wrong.

    grant_key: made with the page, so that sending the page twice gives once.
    """

    amount = forms.CharField(required=False, label="Credits", widget=forms.NumberInput(attrs={"min": 1}))
    reason = forms.CharField(required=False, label="Reason")
    grant_key = forms.CharField(required=False, label="", widget=forms.HiddenInput, initial=lambda: str(uuid7()))


@admin.register(Account)
class AccountAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ("user", "balance_shown", "held", "overdraft", "low_balance_threshold", "last_seq", "created_at")
    list_select_related = ("user",)
    search_fields = ("user__email", "user__name")
    actions = ("grant_credits",)
    action_form = GrantActionForm

    @admin.display(description="balance", ordering="balance")
    def balance_shown(self, account: Account) -> str:
        return credits_and_dollars(account.balance)

    @admin.action(description="Grant credits to each selected account", permissions=["grant"])
    def grant_credits(self, request: HttpRequest, queryset: QuerySet[Account]) -> None:
        form = GrantFields(request.POST)
        if not form.is_valid():
            for name, problems in form.errors.items():
                self.message_user(request, f"{name}: {' '.join(map(str, problems))}", messages.ERROR)
            return
        for account in queryset.select_related("user"):
            self._grant(request, account, form.cleaned_data)

    def _grant(self, request: HttpRequest, account: Account, wish: dict[str, Any]) -> None:
        actor = cast(User, request.user)
        key = f"admin:{wish['grant_key']}"
        try:
            given = grant(account, amount=wish["amount"], key=key, reason=wish["reason"], actor=actor)
        except SluiceError as error:
            self.message_user(request, f"{account.user}: {error}", messages.ERROR)
        else:
            balance = credits_and_dollars(given.running_balance)
            self.message_user(request, f"{account.user}: granted; the balance is {balance}.", messages.SUCCESS)

    def has_grant_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("credits.add_transaction")


@admin.register(Transaction)
class TransactionAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ("created_at", "owner", "type", "amount_shown", "balance_shown", "reason", "actor", "seq")
    list_filter = ("type", "created_at")
    list_select_related = ("account__user", "actor")
    search_fields = ("account__user__email", "key", "reason")
    ordering = ("-created_at",)

    @admin.display(description="user", ordering="account__user__email")
    def owner(self, transaction: Transaction) -> str:
        return transaction.account.user.email

    @admin.display(description="amount", ordering="amount")
    def amount_shown(self, transaction: Transaction) -> str:
        return credits_and_dollars(transaction.amount)

    @admin.display(description="balance after")
    def balance_shown(self, transaction: Transaction) -> str:
        return credits_and_dollars(transaction.running_balance)
