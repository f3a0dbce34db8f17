"""Actions of the admin that ask why: the reason stands beside the choice of the action, and goes into the history."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ActionForm
from django.db.models import QuerySet
from django.http import HttpRequest

REASON_CHARACTERS = 300


class ReasonForm(ActionForm):
    """Put it as a ModelAdmin's `action_form`."""

    reason = forms.CharField(max_length=REASON_CHARACTERS, required=False, label="Reason:")


def act(
    page: admin.ModelAdmin, request: HttpRequest, rows: QuerySet[Any], do: Callable[[Any], bool], *, done: str
) -> None:
    """Do it with each of the rows, and note it in its history; with none if nobody says why.

    do: False if there was nothing to do.  done: a word for it, as “paused”.
    """
    reason = reason_of(request)
    if not reason:
        page.message_user(request, "Please give a reason beside the action.", messages.ERROR)
        return
    changed = [row for row in rows if do(row)]
    for row in changed:
        page.log_change(request, row, f"{done.capitalize()}. Reason: {reason}")
    page.message_user(request, f"{len(changed)} {done}.")


def reason_of(request: HttpRequest) -> str:
    return request.POST.get("reason", "").strip()[:REASON_CHARACTERS]
