"""Webhooks in the admin: to look at, without what their senders sign with, and to switch off and on.

Beside them, how far their providers know of them.
"""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.read_only import ReadOnly
from accounts.reasons import ReasonForm, act
from executor.webhooks.models import Registration, Webhook
from executor.webhooks.switching import switch


@admin.register(Webhook)
class WebhookAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ("name", "user", "graph", "provider", "is_active", "last_called_at", "created_at")
    list_filter = ("is_active", "provider")
    list_select_related = ("user", "graph")
    search_fields = ("=id", "name", "user__email", "graph__name")
    fields = (
        *("user", "graph", "version", "node_id", "preset", "name", "provider", "events", "config"),
        *("is_active", "trouble", "last_called_at", "pinged_at", "created_at"),
    )
    action_form = ReasonForm
    actions = ("pause", "resume")

    @admin.action(description="Pause: accept no calls", permissions=["pause"])
    def pause(self, request: HttpRequest, queryset: QuerySet[Webhook]) -> None:
        act(self, request, queryset, lambda webhook: switch(webhook, is_active=False), done="paused")

    @admin.action(description="Resume", permissions=["pause"])
    def resume(self, request: HttpRequest, queryset: QuerySet[Webhook]) -> None:
        act(self, request, queryset, lambda webhook: switch(webhook, is_active=True), done="resumed")

    def has_pause_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("webhooks.change_webhook")


@admin.register(Registration)
class RegistrationAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ("__str__", "user", "webhook", "hook_id", "attempts", "next_at", "trouble")
    list_filter = ("provider",)
    list_select_related = ("user", "webhook")
    search_fields = ("=id", "resource", "user__email")
    fields = (
        *("user", "webhook", "credential", "provider", "resource", "url", "hook_id", "may_exist"),
        *("attempts", "next_at", "trouble", "working_until", "created_at"),
    )
