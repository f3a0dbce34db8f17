"""Executions in the admin: to look at. What changes them are verbs."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.read_only import ReadOnly
from accounts.reasons import ReasonForm, act
from executor.models import GraphExecution, NodeExecution
from executor.stopping.cancel import request_cancel, request_cancel_all


class NodeExecutionInline(ReadOnly, admin.TabularInline):
    model = NodeExecution
    fields = ("number", "node", "status", "attempt", "cost", "error", "started_at", "ended_at")
    readonly_fields = fields
    ordering = ("number",)


@admin.register(GraphExecution)
class GraphExecutionAdmin(ReadOnly, admin.ModelAdmin):
    list_display = (
        "id", "graph", "user", "status", "trigger", "preset", "priority", "is_dry_run", "cost", "error_code",
        "created_at", "ended_at",
    )  # fmt: skip
    list_filter = ("status", "trigger", "is_dry_run", "error_code")
    list_select_related = ("graph", "user", "preset")
    search_fields = ("=id", "user__email", "graph__name")
    date_hierarchy = "created_at"
    inlines = (NodeExecutionInline,)
    action_form = ReasonForm
    actions = ("stop", "stop_graphs")

    @admin.action(description="Stop the selected executions", permissions=["stop"])
    def stop(self, request: HttpRequest, queryset: QuerySet[GraphExecution]) -> None:
        act(self, request, queryset, _stop, done="asked to stop")

    @admin.action(description="Stop all executions of their graphs", permissions=["stop"])
    def stop_graphs(self, request: HttpRequest, queryset: QuerySet[GraphExecution]) -> None:
        act(self, request, queryset, _stop_graph, done="stopped with all of its graph")

    def has_stop_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("executor.change_graphexecution")


def _stop(execution: GraphExecution) -> bool:
    if execution.is_finished:
        return False
    request_cancel(execution)
    return True


def _stop_graph(execution: GraphExecution) -> bool:
    return bool(request_cancel_all(GraphExecution.objects.filter(graph=execution.graph_id)))
