"""The forms of the account's pages."""

from datetime import datetime, timedelta
from typing import Any

from django import forms

from accounts.keys import DAILY_LIMIT_MAX, DESCRIPTION_MAX_LENGTH, NAME_MAX_LENGTH
from api.scopes import Scope
from reliability.errors import SluiceError

EXPIRES_DAYS_MAX = 3650


class PasswordForm(forms.Form):
    password = forms.CharField(
        label="Your password",
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password", "autofocus": True}),
    )


class EmailForm(forms.Form):
    email = forms.EmailField(label="New address", max_length=254, widget=forms.EmailInput(attrs={"autofocus": True}))


class KeyForm(forms.Form):
    """A new API key."""

    name = forms.CharField(
        max_length=NAME_MAX_LENGTH, help_text="What it is for.", widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    description = forms.CharField(max_length=DESCRIPTION_MAX_LENGTH, required=False)
    expires_days = forms.IntegerField(
        label="Days until it expires",
        min_value=1,
        max_value=EXPIRES_DAYS_MAX,
        required=False,
        help_text="Empty: never.",
    )
    daily_limit = forms.IntegerField(
        label="Credits a day",
        min_value=0,
        max_value=DAILY_LIMIT_MAX,
        required=False,
        help_text="What executions started with it may cost on one day (UTC). Empty: no limit.",
    )
    scopes = forms.MultipleChoiceField(
        label="What it may do",
        choices=[(scope.value, scope.value.replace("_", " ").capitalize()) for scope in Scope],
        initial=[scope.value for scope in Scope],
        widget=forms.CheckboxSelectMultiple,
    )

    def wish(self, *, now: datetime) -> dict[str, Any]:
        """As arguments of `keys.issue`."""
        given = dict(self.cleaned_data)
        days = given.pop("expires_days")
        return given | {
            "scopes": [Scope(name) for name in given["scopes"]],
            "expires_at": now + timedelta(days=days) if days else None,
        }

    def refuse(self, error: SluiceError) -> None:
        self.add_error(None, error.message)
