"""An action in two pages: one asks, the next shows what would come of it, by what is known then."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import F, Q
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from accounts.models import User
from credits.admin.changes import By, Change, Line
from credits.models import AccountNote
from reliability.errors import SluiceError
from reliability.ids import uuid7

#: Rows that one action may change, so that a person can look at all of them.
MOST_ROWS = 100


class Seen(forms.Form):
    """What the preview carries. page: makes it happen once.  notes: tells whether something was changed since."""

    page = forms.UUIDField()
    notes = forms.IntegerField()


@dataclass(frozen=True, slots=True)
class Shown:
    """One row of the preview."""

    row: Any
    user: User
    about: str
    lines: list[Line]
    problem: str


def act(page: admin.ModelAdmin, request: HttpRequest, rows: Iterable[Any], change: Change) -> HttpResponse | None:
    """Answer one step of an action: ask, preview or, with nothing left to show, do it."""
    found = list(rows)
    if len(found) > MOST_ROWS:
        page.message_user(request, f"At most {MOST_ROWS} at a time, not {len(found)}.", messages.ERROR)
        return None
    return _Action(page, request, found, change).answer()


@dataclass(frozen=True, slots=True)
class _Action:
    """One request about some rows. wish: what the operator has asked for, once it is valid."""

    page: admin.ModelAdmin
    request: HttpRequest
    rows: list[Any]
    change: Change

    def answer(self) -> HttpResponse | None:
        step = self.request.POST.get("step", "ask")
        form = self.change.form(self.request.POST if step != "ask" else None)
        if not form.is_valid():
            return self._render(form, [self._plain(row) for row in self.rows])
        seen = Seen(self.request.POST)
        if step != "do" or not seen.is_valid():
            return self._preview(form)
        if seen.cleaned_data["notes"] != self._notes():
            self._tell("Something was changed in the meantime. Please look again.", messages.WARNING)
            return self._preview(form)
        by = By(cast(User, self.request.user), seen.cleaned_data["page"])
        for row in self.rows:
            self._do(row, form.cleaned_data, by)
        return None

    def _do(self, row: Any, wish: dict[str, Any], by: By) -> None:
        try:
            done = self.change.do(row, wish, by)
        except SluiceError as error:
            self._tell(f"Account {self._user(row)}: {error}", messages.ERROR)
            return
        self._tell(f"Account {self._user(row)}: {done or 'Nothing was left to do.'}", messages.SUCCESS)
        if done:
            self.page.log_change(self.request, row, f"{done} Reason: {wish['reason']}")

    def _preview(self, form: forms.Form) -> HttpResponse:
        shown = [self._shown(row, form.cleaned_data) for row in self.rows]
        wish = [
            (form[name].label, value) for name, value in form.cleaned_data.items() if value not in (None, "", False)
        ]
        seen = Seen(initial={"page": uuid7(), "notes": self._notes()})
        return self._render(form, shown, wish=wish, seen=seen, is_possible=any(row.lines for row in shown))

    def _shown(self, row: Any, wish: dict[str, Any]) -> Shown:
        try:
            lines = list(self.change.lines(row, wish))
        except SluiceError as error:
            return self._plain(row, problem=str(error))
        return self._plain(row, lines)

    def _plain(self, row: Any, lines: Iterable[Line] = (), problem: str = "Nothing changes.") -> Shown:
        return Shown(row, self._user(row), self.change.about(row), list(lines), problem)

    def _notes(self) -> int:
        """How many notes others than their owners have made about these accounts. They are only ever added to."""
        accounts = {self.change.account_of(row).pk for row in self.rows}
        by_owner = Q(actor=F("account__user"))
        return AccountNote.objects.filter(~by_owner | Q(actor=None), account__in=accounts).count()

    def _render(self, form: forms.Form, shown: list[Shown], **more: Any) -> HttpResponse:
        context = {
            **self.page.admin_site.each_context(self.request),
            "title": self.change.title,
            "column": self.change.rows,
            "opts": self.page.opts,
            "action": self.request.POST["action"],
            "checkbox": ACTION_CHECKBOX_NAME,
            "form": form,
            "shown": shown,
            **more,
        }
        return TemplateResponse(self.request, "admin/credits/change_rows.html", context)

    def _user(self, row: Any) -> User:
        return self.change.account_of(row).user

    def _tell(self, text: str, level: int) -> None:
        self.page.message_user(self.request, text, level)
