"""Webhooks in the admin: to look at, without what their senders sign with, and to switch off and on."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.read_only import ReadOnly
from accounts.reasons import ReasonForm, act
from executor.webhooks.models import Webhook
from executor.webhooks.switching import switch


@admin.register(Webhook)
class WebhookAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ("name", "user", "graph", "is_active", "last_called_at", "created_at")
    list_filter = ("is_active",)
    list_select_related = ("user", "graph")
    search_fields = ("=id", "name", "user__email", "graph__name")
    fields = ("user", "graph", "version", "node_id", "preset", "name", "is_active", "last_called_at", "created_at")
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
