"""The pages of a user's graphs. Each looks its things up among the user's own, so a stranger's are not found."""

from typing import cast
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accounts.models import User
from console.bars import bars
from console.run_form import RunForm
from credits.models import Account
from credits.refill import refill_if_due
from executor.launching.estimate import estimate
from executor.launching.launch import launch
from executor.models import GraphExecution, Trigger
from graphs.models import Graph
from graphs.plans import plan_for
from reliability.errors import SluiceError

RECENT = 20


@login_required
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    user = cast(User, request.user)
    account = Account.objects.get(user=user)
    refill_if_due(account, now=timezone.now())
    executions = GraphExecution.objects.for_user(user).roots().select_related("graph")
    content = {
        "balance": account.balance,
        "graphs": Graph.objects.for_user(user).listed(),
        "executions": executions[:RECENT],
    }
    return render(request, "console/home.html", content)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def graph(request: HttpRequest, graph_id: UUID) -> HttpResponse:
    """A graph: what it takes, a button to run it, and how it went lately."""
    user = cast(User, request.user)
    found = get_object_or_404(Graph.objects.for_user(user), id=graph_id)
    version = get_object_or_404(found.versions.select_related("graph"), number=found.active_version)
    form = RunForm(plan_for(version), request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            started = launch(user, version, trigger=Trigger.CONSOLE, **form.launch_arguments())
        except SluiceError as error:
            form.refuse(error)
        else:
            return redirect("console:execution", started.id)
    recent = GraphExecution.objects.for_user(user).filter(graph=found).roots()[:RECENT]
    content = {"graph": found, "version": version, "form": form, "bars": bars(recent), "estimate": estimate(version)}
    return render(request, "console/graph.html", content, status=400 if form.errors else 200)
