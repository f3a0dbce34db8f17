"""The list of executions: who has them, how long they wait, and for what."""

from typing import Any

from django.contrib import admin
from django.db.models import Exists, OuterRef, QuerySet
from django.db.models.functions import Now
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timesince import timesince

from accounts.read_only import ReadOnly
from accounts.reasons import ReasonForm
from executor.admin.conditions import Condition
from executor.admin.listing import MOST_LISTED, BoundedPaginator, ExecutionList
from executor.admin.requeueing import requeue_chosen
from executor.admin.searching import search
from executor.admin.stopping import GRAPHS, ONES, stop
from executor.admin.waiting_for import waiting_for
from executor.dispatch.models import Share
from executor.models import GraphExecution, GraphExecutionQuerySet, NodeExecution
from executor.statuses import Status

#: What a row of the list does not show, and may be large.
LARGE = ("inputs", "input_masks", "skipped_nodes", "stats", "error")


class NodeExecutionInline(ReadOnly, admin.TabularInline):
    model = NodeExecution
    fields = ("number", "node", "status", "attempt", "cost", "error", "started_at", "ended_at")
    readonly_fields = fields
    ordering = ("number",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[NodeExecution]:
        return super().get_queryset(request).select_related("node").defer("inputs", "stats")


@admin.register(GraphExecution)
class GraphExecutionAdmin(ReadOnly, admin.ModelAdmin):
    list_display = (
        "short_id", "status", "age", "waiting", "owner", "fence", "claims", "graph", "user", "trigger", "preset",
        "priority", "is_dry_run", "cost", "error_code", "created_at",
    )  # fmt: skip
    list_display_links = ("short_id",)
    list_filter = (Condition, "status", "trigger", "is_dry_run")
    list_select_related = ("graph", "user", "preset")
    list_max_show_all = MOST_LISTED
    search_fields = ("id",)
    search_help_text = "An id of an execution or a graph, or a part of a user's e-mail address or of a graph's name."
    sortable_by = ()
    ordering = ("-id",)
    paginator = BoundedPaginator
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    inlines = (NodeExecutionInline,)
    action_form = ReasonForm
    actions = ("requeue", "stop", "stop_graphs")

    def get_changelist(self, request: HttpRequest, **options: Any) -> type[ExecutionList]:
        return ExecutionList

    def get_queryset(self, request: HttpRequest) -> QuerySet[GraphExecution]:
        paused = Exists(Share.objects.filter(user=OuterRef("user"), is_paused=True))
        return super().get_queryset(request).annotate(now=Now(), is_user_paused=paused).defer(*LARGE)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        return super().changelist_view(request, {**(extra_context or {}), "most_listed": MOST_LISTED})

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[GraphExecution], search_term: str
    ) -> tuple[Any, bool]:
        return (search(queryset, search_term) if search_term.strip() else queryset), False  # type: ignore[arg-type]

    @admin.display(description="ID")
    def short_id(self, execution: GraphExecution) -> SafeString:
        return format_html('<span title="{}">…{}</span>', execution.id, str(execution.id)[-8:])

    @admin.display(description="age")
    def age(self, execution: Any) -> str:
        """How long it waits or runs, or how long ago it has ended."""
        if execution.is_finished:
            return f"ended {_since(execution.ended_at or execution.created_at, execution.now)} ago"
        is_at_work = execution.status == Status.RUNNING and execution.started_at
        return _since(execution.started_at if is_at_work else execution.created_at, execution.now)

    @admin.display(description="waiting for")
    def waiting(self, execution: Any) -> str:
        return waiting_for(execution, is_user_paused=execution.is_user_paused, now=execution.now)

    @admin.action(description="Requeue: ring for them again", permissions=["stop"])
    def requeue(self, request: HttpRequest, queryset: GraphExecutionQuerySet) -> None:
        requeue_chosen(self, request, queryset)

    @admin.action(description="Stop the selected executions", permissions=["stop"])
    def stop(self, request: HttpRequest, queryset: GraphExecutionQuerySet) -> HttpResponse | None:
        return stop(self, request, queryset, ONES)

    @admin.action(description="Stop all executions of their graphs", permissions=["stop"])
    def stop_graphs(self, request: HttpRequest, queryset: GraphExecutionQuerySet) -> HttpResponse | None:
        return stop(self, request, queryset, GRAPHS)

    def has_stop_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("executor.change_graphexecution")


def _since(moment: Any, now: Any) -> str:
    return timesince(moment, now, depth=1)
