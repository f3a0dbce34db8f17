"""Requeueing chosen executions."""

from django.contrib import admin, messages
from django.http import HttpRequest

from accounts.reasons import reason_of
from executor.admin.acting import chosen, note, tell
from executor.models import GraphExecutionQuerySet
from executor.sweeping.requeueing import requeue


def requeue_chosen(page: admin.ModelAdmin, request: HttpRequest, rows: GraphExecutionQuerySet) -> None:
    """It takes nothing away and repeats nothing, so it asks for nothing but the reason."""
    reason = reason_of(request)
    if not reason:
        page.message_user(request, "Please give a reason beside the action.", messages.ERROR)
        return
    found = chosen(page, request, rows)
    if found is None:
        return
    done = requeue([row.id for row in found])
    note(request, [row for row in found if row.id not in done.refused], f"Requeued. Reason: {reason}")
    told = [f"{len(done.rung)} rung for."] if done.rung else []
    told += [f"{len(done.waiting)} wait for their turn."] if done.waiting else []
    tell(page, request, told, done.refused)
