"""The support view: all that operators need to see about one user, without signing in as them. It only shows."""

from typing import Any
from uuid import UUID

from django.contrib import admin
from django.contrib.admin.views.decorators import staff_member_required
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from accounts.models import User
from credits.models import Account, HoldStatus
from executor.models import GraphExecution

RECENT = 20
#: What is shown here belongs to pages that need these.
PERMISSIONS = ("accounts.view_user", "accounts.view_apikey", "credits.view_account", "executor.view_graphexecution")


@staff_member_required
@permission_required(PERMISSIONS, raise_exception=True)
@require_safe
def user(request: HttpRequest, user_id: UUID) -> HttpResponse:
    found = get_object_or_404(User, id=user_id)
    content = {**admin.site.each_context(request), "title": f"Support: {found.email}", "person": found, **_facts(found)}
    return render(request, "console/support.html", content)


def _facts(user: User) -> dict[str, Any]:
    account = Account.objects.get(user=user)
    executions = GraphExecution.objects.for_user(user).roots().select_related("graph", "api_key")
    return {
        "account": account,
        "holds": account.holds.filter(status=HoldStatus.OPEN)[:RECENT],
        "notes": account.notes.select_related("actor")[:RECENT],
        "transactions": account.transactions.order_by("-seq")[:RECENT],
        "executions": executions[:RECENT],
        "keys": user.api_keys.all(),
    }
