"""Stopping chosen executions: a page asks once more, and why; then the same is done as when their owners stop them."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from accounts.reasons import reason_of
from executor.admin.acting import chosen, note, tell
from executor.models import GraphExecution, GraphExecutionQuerySet
from executor.stopping.cancel import request_cancel_all

PAGE = "admin/executor/graphexecution/stop.html"


@dataclass(frozen=True, slots=True)
class Sort:
    """What is stopped. action: its name.  whole_graphs: with the chosen ones, all others of their graphs."""

    action: str
    title: str
    whole_graphs: bool


ONES = Sort("stop", "Stop executions", whole_graphs=False)
GRAPHS = Sort("stop_graphs", "Stop all executions of graphs", whole_graphs=True)


def stop(page: admin.ModelAdmin, request: HttpRequest, rows: GraphExecutionQuerySet, sort: Sort) -> HttpResponse | None:
    """Ask, or do it once the page was sent with a reason."""
    found = chosen(page, request, rows)
    if found is None:
        return None
    left = {} if sort.whole_graphs else reasons_against(found)
    reason = reason_of(request)
    if request.POST.get("step") == "do" and reason:
        _stop(page, request, [row for row in found if row.id not in left], sort, reason)
        tell(page, request, (), left)
        return None
    return _ask(page, request, found, left, sort)


def reasons_against(rows: Iterable[GraphExecution]) -> dict[UUID, str]:
    """Why some of these are not stopped by themselves. Pure."""
    return {row.id: cause for row in rows if (cause := _against(row))}


def _against(row: GraphExecution) -> str:
    if row.is_finished:
        return "it has ended"
    if row.root_id is not None:
        return f"it runs inside {row.root_id} and stops with it"
    return "it is to be stopped already" if row.cancel_requested_at else ""


def _stop(page: admin.ModelAdmin, request: HttpRequest, rows: list[GraphExecution], sort: Sort, reason: str) -> None:
    if sort.whole_graphs:
        which = GraphExecution.objects.filter(graph__in={row.graph_id for row in rows})
    else:
        which = GraphExecution.objects.filter(id__in=[row.id for row in rows])
    asked = request_cancel_all(which)
    note(request, rows, f"{sort.title}. Reason: {reason}")
    tell(page, request, [f"{asked} asked to stop."], {})


def _ask(
    page: admin.ModelAdmin, request: HttpRequest, rows: list[GraphExecution], left: dict[UUID, str], sort: Sort
) -> HttpResponse:
    context = {
        **page.admin_site.each_context(request),
        "title": sort.title,
        "opts": page.opts,
        "action": sort.action,
        "checkbox": ACTION_CHECKBOX_NAME,
        "shown": [(row, left.get(row.id, "")) for row in rows],
        "whole_graphs": sort.whole_graphs,
        "is_possible": len(left) < len(rows),
        "is_sent": request.POST.get("step") == "do",
        "reason": reason_of(request),
    }
    return TemplateResponse(request, PAGE, context)
