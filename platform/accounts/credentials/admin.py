"""Credentials in the admin: users' ones to look at and to delete, the installation's own to make as well."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest

from accounts.credentials.checking import require_good
from accounts.credentials.contents import Contents
from accounts.credentials.errors import CredentialInvalid
from accounts.credentials.models import StoredCredential
from accounts.credentials.storing import make_credential
from accounts.credentials.types import CredentialType
from accounts.read_only import ReadOnly
from reliability.secrets import Secret


class SystemCredentialForm(forms.ModelForm):
    """One that all users may use, for credits."""

    secret = forms.CharField(widget=forms.PasswordInput, strip=False, help_text="An API key or a password.")
    hosts = forms.CharField(
        required=False, help_text="The only hosts that it may be sent to, separated by blanks; empty: its provider's."
    )
    type = forms.ChoiceField(
        choices=[(kind.value, kind.label) for kind in (CredentialType.API_KEY, CredentialType.USER_PASSWORD)]
    )

    class Meta:
        model = StoredCredential
        fields = ("provider", "type", "title", "username", "hosts", "expires_at")

    def clean(self) -> dict[str, Any]:
        """What the verb would refuse is said beside the fields."""
        given = super().clean() or {}
        if self.errors:
            return given
        try:
            require_good(**_checked(given))
        except CredentialInvalid as error:
            raise forms.ValidationError(str(error)) from error
        return given


@admin.register(StoredCredential)
class CredentialAdmin(ReadOnly, admin.ModelAdmin):
    """What is secret is entered once, and shown to nobody."""

    form = SystemCredentialForm
    list_display = ("provider", "type", "title", "user", "last_used_at", "expires_at", "refused_at", "created_at")
    list_filter = ("type", "provider")
    list_select_related = ("user",)
    search_fields = ("=id", "title", "provider", "user__email")
    _SHOWN = ("user", "provider", "type", "title", "username", "scopes", "hosts")
    _TIMES = ("expires_at", "refused_at", "last_used_at", "created_at")

    def get_fields(self, request: HttpRequest, obj: StoredCredential | None = None) -> list[Any]:
        if obj is None:
            return ["provider", "type", "title", "username", "secret", "hosts", "expires_at"]
        return [*self._SHOWN, *self._TIMES]

    def save_model(self, request: HttpRequest, obj: StoredCredential, form: forms.ModelForm, change: bool) -> None:
        given = form.cleaned_data
        made = make_credential(None, **_checked(given), expires_at=given["expires_at"])
        obj.pk = made.pk

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.has_perm("accounts.add_storedcredential"))

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.has_perm("accounts.delete_storedcredential"))


def _checked(given: Mapping[str, Any]) -> dict[str, Any]:
    """What the form holds, as arguments of the verbs."""
    return {
        "provider": given["provider"],
        "type": CredentialType(given["type"]),
        "contents": Contents(secret=Secret(given["secret"])),
        "title": given["title"],
        "username": given["username"],
        "hosts": given["hosts"].split(),
    }
