"""Graphs in the admin: to look at, and to pause."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.read_only import ReadOnly
from accounts.reasons import ReasonForm, act
from graphs import pausing
from graphs.models import Graph, GraphVersion, Link, Node


class VersionInline(ReadOnly, admin.TabularInline):
    model = GraphVersion
    fields = ("number", "name", "created_at")
    readonly_fields = fields
    show_change_link = True


class NodeInline(ReadOnly, admin.TabularInline):
    model = Node
    fields = ("position", "block_id", "input_default", "metadata")
    readonly_fields = fields


class LinkInline(ReadOnly, admin.TabularInline):
    model = Link
    fields = ("source", "source_name", "sink", "sink_name", "is_static")
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[Link]:
        return super().get_queryset(request).select_related("source", "sink")


@admin.register(Graph)
class GraphAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ("name", "owner", "active_version", "is_sub_graph", "is_paused", "deleted_at", "created_at")
    list_select_related = ("owner",)
    list_filter = ("is_sub_graph", "is_paused")
    search_fields = ("name", "owner__email")
    inlines = (VersionInline,)
    action_form = ReasonForm
    actions = ("pause", "resume")

    @admin.action(description="Pause: let no execution begin", permissions=["pause"])
    def pause(self, request: HttpRequest, queryset: QuerySet[Graph]) -> None:
        act(self, request, queryset, pausing.pause, done="paused")

    @admin.action(description="Resume", permissions=["pause"])
    def resume(self, request: HttpRequest, queryset: QuerySet[Graph]) -> None:
        act(self, request, queryset, pausing.resume, done="resumed")

    def has_pause_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("graphs.change_graph")


@admin.register(GraphVersion)
class GraphVersionAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ("name", "number", "graph", "created_at")
    list_select_related = ("graph",)
    search_fields = ("name", "graph__owner__email")
    inlines = (NodeInline, LinkInline)
