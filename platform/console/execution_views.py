"""The page of an execution, and what its buttons do. A stranger's execution is not found."""

from typing import cast
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import User
from console.execution_page import page_of
from executor.deleting.deleting import delete_execution
from executor.models import GraphExecution
from executor.sharing.links import revoke, share
from executor.stopping.cancel import request_cancel
from reliability.errors import SluiceError


@login_required
@never_cache
@require_safe
def execution(request: HttpRequest, execution_id: UUID) -> HttpResponse:
    """Nobody keeps it: it may hold the link that lets others in."""
    content = page_of(own_execution(request, execution_id), now=timezone.now(), site=request.build_absolute_uri("/"))
    return render(request, "console/execution.html", content)


@login_required
@require_POST
def stop(request: HttpRequest, execution_id: UUID) -> HttpResponse:
    request_cancel(own_execution(request, execution_id))
    return redirect("console:execution", execution_id)


@login_required
@require_POST
def make_link(request: HttpRequest, execution_id: UUID) -> HttpResponse:
    """Shared already, it keeps its link."""
    share(own_execution(request, execution_id))
    return redirect("console:execution", execution_id)


@login_required
@require_POST
def withdraw_link(request: HttpRequest, execution_id: UUID) -> HttpResponse:
    revoke(own_execution(request, execution_id))
    return redirect("console:execution", execution_id)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: HttpRequest, execution_id: UUID) -> HttpResponse:
    """Ask, and delete it when the answer is yes."""
    found = own_execution(request, execution_id)
    if request.method != "POST":
        return render(request, "console/delete_execution.html", {"execution": found})
    try:
        delete_execution(found, now=timezone.now())
    except SluiceError as error:
        messages.error(request, error.message)
        return redirect("console:execution", execution_id)
    messages.success(request, f"The execution {str(found.id)[-6:]} of {found.graph.name} is deleted.")
    return redirect("console:home")


def own_execution(request: HttpRequest, execution_id: UUID) -> GraphExecution:
    """Raises Http404."""
    executions = GraphExecution.objects.for_user(cast(User, request.user)).select_related("graph", "version")
    found: GraphExecution = get_object_or_404(executions, id=execution_id)
    return found
