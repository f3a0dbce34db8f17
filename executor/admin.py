"""Executions in the admin: to look at. What changes them are verbs."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.read_only import ReadOnly
from executor.cancel import request_cancel
from executor.models import GraphExecution, NodeExecution


class NodeExecutionInline(ReadOnly, admin.TabularInline):
    model = NodeExecution
    fields = ("number", "node", "status", "attempt", "cost", "error", "started_at", "ended_at")
    readonly_fields = fields
    ordering = ("number",)


@admin.register(GraphExecution)
class GraphExecutionAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ("id", "graph", "user", "status", "cost", "error_code", "created_at", "ended_at")
    list_filter = ("status", "trigger", "error_code")
    list_select_related = ("graph", "user")
    search_fields = ("=id", "user__email", "graph__name")
    date_hierarchy = "created_at"
    inlines = (NodeExecutionInline,)
    actions = ("stop",)

    @admin.action(description="Stop the selected executions")
    def stop(self, request: HttpRequest, queryset: QuerySet[GraphExecution]) -> None:
        for execution in queryset:
            request_cancel(execution)
        self.message_user(request, f"{len(queryset)} executions were asked to stop.")
