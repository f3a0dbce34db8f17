"""Actions on many executions: bounded, with a reason, and what was not done is named with its cause."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import cast
from uuid import UUID

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.models import CHANGE, LogEntry
from django.http import HttpRequest

from accounts.models import User
from executor.models import GraphExecution, GraphExecutionQuerySet

#: Executions that one action may be about.
MOST_ROWS = 500
#: Of those that are left as they are for the same cause.
NAMED = 10


def chosen(page: admin.ModelAdmin, request: HttpRequest, rows: GraphExecutionQuerySet) -> list[GraphExecution] | None:
    """What the operator has chosen; None, and it is said, if it is too much.

    rows: what the list's filters find. Of those that were ticked, some may be in another condition by now: they count.
    """
    if request.POST.get("select_across") != "1":
        rows = GraphExecution.objects.filter(pk__in=request.POST.getlist(ACTION_CHECKBOX_NAME))
    found = list(rows.select_related("graph", "user").order_by("id")[: MOST_ROWS + 1])
    if len(found) <= MOST_ROWS:
        return found
    text = f"At most {MOST_ROWS} executions at a time. Choose a condition or a filter that finds fewer."
    page.message_user(request, text, messages.ERROR)
    return None


def note(request: HttpRequest, rows: Iterable[GraphExecution], text: str) -> None:
    """In their histories. One statement."""
    user = cast(User, request.user)
    LogEntry.objects.log_actions(user.pk, list(rows), CHANGE, text)


def tell(page: admin.ModelAdmin, request: HttpRequest, done: Iterable[str], left: Mapping[UUID, str]) -> None:
    """done: sentences.  left: why each was left as it is."""
    for text in done:
        page.message_user(request, text, messages.SUCCESS)
    for text in described(left):
        page.message_user(request, text, messages.WARNING)


def described(left: Mapping[UUID, str]) -> list[str]:
    """One sentence for each cause, with the first of the executions. Pure."""
    by_cause: dict[str, list[UUID]] = defaultdict(list)
    for id, cause in left.items():
        by_cause[cause].append(id)
    return [f"Not done for {len(ids)}, for {cause}: {_named(ids)}." for cause, ids in by_cause.items()]


def _named(ids: list[UUID]) -> str:
    more = f" and {len(ids) - NAMED} more" if len(ids) > NAMED else ""
    return ", ".join(map(str, ids[:NAMED])) + more
