"""The admin's page "Spending": totals, charts, the tops, the rows and the CSV of one filter."""

from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.core.paginator import Page, Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone

from accounts.read_only import ReadOnly
from console.admin.spending_csv import csv_response
from console.admin.spending_form import SpendingForm, first_filter
from credits.models import Spending, Transaction
from credits.naming import block_name, graph_names
from credits.spending import Day, Filter, days, top_blocks, top_graphs, top_users, totals

PER_PAGE = 100
_EPOCH = date(1970, 1, 1)


@admin.register(Spending)
class SpendingAdmin(ReadOnly, admin.ModelAdmin):
    """Who may see it has the permission `credits.view_spending`."""

    def get_urls(self) -> list[URLPattern]:
        return [
            path("", self.admin_site.admin_view(self.page), name="credits_spending_changelist"),
            path("csv", self.admin_site.admin_view(self.csv), name="credits_spending_csv"),
        ]

    def page(self, request: HttpRequest) -> HttpResponse:
        self._check(request)
        if not request.GET:
            return HttpResponseRedirect(f"?{urlencode(first_filter(timezone.now().date()))}")
        form = SpendingForm(request.GET)
        shown = _shown(form.filter(), request.GET.get("page")) if form.is_valid() else {}
        return self._answer(request, form, shown)

    def csv(self, request: HttpRequest) -> HttpResponseBase:
        self._check(request)
        form = SpendingForm(request.GET)
        if not form.is_valid():
            return self._answer(request, form, {})
        return csv_response(request, form.filter())

    def _check(self, request: HttpRequest) -> None:
        if not self.has_view_permission(request):
            raise PermissionDenied

    def _answer(self, request: HttpRequest, form: SpendingForm, shown: dict[str, Any]) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": "Spending",
            "form": form,
            **shown,
        }
        status = 400 if form.errors else 200
        return TemplateResponse(request, "admin/credits/spending/page.html", context, status=status)


def _shown(wanted: Filter, page_number: str | None) -> dict[str, Any]:
    """All of it is asked of the same rows. Ten queries or fewer, whatever there is."""
    rows = wanted.rows()
    sums = totals(rows)
    page = _page(rows, sums.count, page_number)
    graphs = top_graphs(rows)
    names = graph_names([*(share.key for share in graphs), *(row.graph for row in page)])
    return {
        "totals": sums,
        "days": [_plain(day) for day in days(rows)],
        "tops": [
            ("Users", "user", [(share, share.key) for share in top_users(rows)]),
            ("Blocks", "block", [(share, block_name(share.key)) for share in top_blocks(rows)]),
            ("Graphs", "graph", [(share, names[share.key]) for share in graphs]),
        ],
        "page": page,
        "rows": [(row, block_name(row.block), names.get(row.graph or "", "")) for row in page],
    }


def _page(rows: Any, count: int, number: str | None) -> Page[Transaction]:
    """The nearest page there is. Its query takes only what is shown."""
    paginator: Paginator[Transaction] = Paginator(rows.select_related("account__user").defer("metadata"), PER_PAGE)
    paginator.count = count
    return paginator.get_page(number)


def _plain(day: Day) -> list[int]:
    """For the chart: the day in seconds since 1970 (UTC), credits out, credits in."""
    return [(day.day - _EPOCH).days * 86400, day.out, day.into]
