"""What operators are asked before something changes."""

from typing import Any

from django import forms

from credits.orders import AMOUNT_MAX, REASON_MAX_LENGTH


class ReasonForm(forms.Form):
    """Nothing changes without a reason."""

    reason = forms.CharField(max_length=REASON_MAX_LENGTH, widget=forms.TextInput(attrs={"size": 60}))


class GrantForm(ReasonForm):
    amount = forms.IntegerField(min_value=1, max_value=AMOUNT_MAX, help_text="Credits to give; 1 credit is 1 US cent.")
    field_order = ("amount", "reason")


class AdjustForm(ReasonForm):
    amount = forms.IntegerField(
        min_value=-AMOUNT_MAX, max_value=AMOUNT_MAX, help_text="Credits to add; negative takes credits away."
    )
    field_order = ("amount", "reason")

    def clean_amount(self) -> int:
        amount: int = self.cleaned_data["amount"]
        if amount == 0:
            raise forms.ValidationError("A correction of no credits corrects nothing.")
        return amount


class LimitsForm(ReasonForm):
    """What is left empty stays as it is."""

    daily_limit = forms.IntegerField(
        min_value=0, max_value=AMOUNT_MAX, required=False, help_text="Credits that may be spent on one day (UTC)."
    )
    no_daily_limit = forms.BooleanField(required=False, label="No daily limit")
    overdraft = forms.IntegerField(
        min_value=0, max_value=AMOUNT_MAX, required=False, help_text="Credits that the balance may fall below zero."
    )
    low_balance_threshold = forms.IntegerField(
        min_value=0, max_value=AMOUNT_MAX, required=False, help_text="Credits below which the user is warned."
    )
    field_order = ("daily_limit", "no_daily_limit", "overdraft", "low_balance_threshold", "reason")

    def clean(self) -> dict[str, Any]:
        found = super().clean() or {}
        if found.get("no_daily_limit") and found.get("daily_limit") is not None:
            raise forms.ValidationError("Either a daily limit or none.")
        if not self.errors and not limits_of(found):
            raise forms.ValidationError("Say at least one limit.")
        return found


def limits_of(cleaned: dict[str, Any]) -> dict[str, Any]:
    """Those that are to change, as `set_limits` takes them."""
    names = ("daily_limit", "overdraft", "low_balance_threshold")
    limits = {name: cleaned[name] for name in names if cleaned.get(name) is not None}
    return limits | ({"daily_limit": None} if cleaned.get("no_daily_limit") else {})
