"""Users and API keys in the admin."""

from typing import Any

from allauth.account.admin import EmailAddress
from allauth.mfa.admin import Authenticator
from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.forms import AdminPasswordChangeForm, AdminUserCreationForm
from django.db.models import QuerySet
from django.forms import IntegerField, ModelForm
from django.http import HttpRequest

from accounts import keys
from accounts.access import end_access, set_active
from accounts.credentials import admin as credentials  # noqa: F401 - it registers its pages
from accounts.key_status import resume, revoke, suspend
from accounts.models import ApiKey, User
from accounts.only_changes import OnlyChanges
from accounts.reasons import ReasonForm, act, reason_of

# Their rows are changed by verbs and by their owners; what operators may do is on the pages of users.
admin.site.unregister((EmailAddress, Authenticator))


class UserCreationForm(AdminUserCreationForm):
    class Meta:
        model = User
        fields = ("email", "name")


class PasswordForm(AdminPasswordChangeForm):
    """Whoever is signed in with the old password must go."""

    def save(self, commit: bool = True) -> User:
        user: User = super().save(commit=False)
        if commit:
            user.save(update_fields=["password"])
        end_access(user)
        return user


@admin.register(User)
class UserAdmin(OnlyChanges, DjangoUserAdmin):
    """A new user goes through the manager's verb, so that the credit account is opened too."""

    add_form = UserCreationForm
    change_password_form = PasswordForm
    action_form = ReasonForm
    actions = ("close", "open", "remove_second_factor")
    list_display = ("email", "name", "is_active", "is_staff", "created_at")
    list_filter = ("is_active", "is_staff")
    search_fields = ("email", "name")
    ordering = ("email",)
    readonly_fields = ("last_login", "created_at")
    fieldsets = (
        (None, {"fields": ("email", "password", "name", "timezone")}),
        ("May", {"fields": ("is_active", "is_staff", "is_superuser", "groups", "user_permissions")}),
        ("Times", {"fields": ("last_login", "created_at")}),
    )
    add_fieldsets = ((None, {"fields": ("email", "name", "usable_password", "password1", "password2")}),)

    def save_model(self, request: HttpRequest, obj: User, form: ModelForm, change: bool) -> None:
        if not change:
            User.objects.add(obj)
            return
        obj.email = obj.email.lower()
        super().save_model(request, obj, form, change)
        if "email" in form.changed_data:  # an operator's word is believed
            EmailAddress.objects.filter(user=obj).delete()
        if "is_active" in form.changed_data and not obj.is_active:
            end_access(obj)

    @admin.action(description="Close the accounts: keep users and their keys out", permissions=["change"])
    def close(self, request: HttpRequest, users: QuerySet[User]) -> None:
        act(self, request, users, lambda user: set_active(user, False), done="closed")

    @admin.action(description="Open the accounts again", permissions=["change"])
    def open(self, request: HttpRequest, users: QuerySet[User]) -> None:
        act(self, request, users, lambda user: set_active(user, True), done="opened")

    @admin.action(description="Remove the second factors, for users who have lost them", permissions=["change"])
    def remove_second_factor(self, request: HttpRequest, users: QuerySet[User]) -> None:
        act(self, request, users, _remove_second_factor, done="without a second factor")


class DailyLimitForm(ModelForm):
    """All that may be changed of a key."""

    daily_limit = IntegerField(
        min_value=0,
        max_value=keys.DAILY_LIMIT_MAX,
        required=False,
        help_text="Credits that executions started with it may cost on one day (UTC). Empty: no limit.",
    )

    class Meta:
        model = ApiKey
        fields = ("daily_limit",)


@admin.register(ApiKey)
class ApiKeyAdmin(admin.ModelAdmin):
    """Keys can be looked at, limited, suspended and revoked. Nobody can see or make another user's key."""

    form = DailyLimitForm
    action_form = ReasonForm
    list_display = ("name", "head", "user", "status", "daily_limit", "created_at", "last_used_at", "expires_at")
    list_select_related = ("user",)
    search_fields = ("name", "head", "user__email")
    readonly_fields = (
        *("user", "name", "description", "head", "status", "suspension_reason", "scopes", "made_by"),
        *("created_at", "last_used_at", "expires_at", "suspended_at", "revoked_at"),
    )
    fields = (*readonly_fields[:6], "daily_limit", *readonly_fields[6:])
    actions = ("suspend", "resume", "revoke")

    def save_model(self, request: HttpRequest, obj: ApiKey, form: ModelForm, change: bool) -> None:
        keys.set_daily_limit(obj, obj.daily_limit)

    @admin.action(description="Suspend the selected keys; their owners cannot resume them", permissions=["revoke"])
    def suspend(self, request: HttpRequest, queryset: QuerySet[ApiKey]) -> None:
        why = reason_of(request)
        act(self, request, queryset, lambda key: suspend(key, operator_reason=why), done="suspended")

    @admin.action(description="Resume the selected keys", permissions=["revoke"])
    def resume(self, request: HttpRequest, queryset: QuerySet[ApiKey]) -> None:
        act(self, request, queryset.filter(revoked_at=None), lambda key: resume(key, by_operator=True), done="resumed")

    @admin.action(description="Revoke the selected keys", permissions=["revoke"])
    def revoke(self, request: HttpRequest, queryset: QuerySet[ApiKey]) -> None:
        count = sum(revoke(key) for key in queryset)
        self.message_user(request, f"Keys revoked: {count}.", messages.SUCCESS)

    def has_revoke_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("accounts.change_apikey")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


def _remove_second_factor(user: User) -> bool:
    return Authenticator.objects.filter(user=user).delete()[0] > 0
