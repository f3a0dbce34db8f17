"""Users and API keys in the admin."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.forms import AdminUserCreationForm
from django.db.models import QuerySet
from django.forms import IntegerField, ModelForm
from django.http import HttpRequest

from accounts import keys
from accounts.credentials import admin as credentials  # noqa: F401 - it registers its pages
from accounts.models import ApiKey, User


class UserCreationForm(AdminUserCreationForm):
    class Meta:
        model = User
        fields = ("email", "name")


@admin.register(User)
class UserAdmin(DjangoUserAdmin):
    """A new user goes through the manager's verb, so that the credit account is opened too."""

    add_form = UserCreationForm
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
        if change:
            obj.save()
        else:
            User.objects.add(obj)


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
    """Keys can be looked at, limited and revoked. Nobody can see or make another user's key."""

    form = DailyLimitForm
    list_display = ("name", "head", "user", "daily_limit", "created_at", "last_used_at", "expires_at", "revoked_at")
    list_select_related = ("user",)
    search_fields = ("name", "head", "user__email")
    readonly_fields = ("user", "name", "head", "created_at", "last_used_at", "expires_at", "revoked_at")
    fields = (*readonly_fields[:3], "daily_limit", *readonly_fields[3:])
    actions = ("revoke",)

    def save_model(self, request: HttpRequest, obj: ApiKey, form: ModelForm, change: bool) -> None:
        keys.set_daily_limit(obj, obj.daily_limit)

    @admin.action(description="Revoke the selected keys", permissions=["revoke"])
    def revoke(self, request: HttpRequest, queryset: QuerySet[ApiKey]) -> None:
        count = sum(keys.revoke(key) for key in queryset)
        self.message_user(request, f"Keys revoked: {count}.", messages.SUCCESS)

    def has_revoke_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("accounts.change_apikey")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
