"""Audits in the admin: whether they run, what they have found, and one more on request."""

from datetime import timedelta
from typing import Any, cast

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.timesince import timesince
from django.views.decorators.http import require_POST

from accounts.models import User
from accounts.read_only import ReadOnly
from credits.audit.auditing import frozen_by_audits
from credits.audits.asking import ask
from credits.audits.models import AuditRun

#: The clock audits every hour.
EXPECTED_WITHIN = timedelta(hours=2)
LIST = "admin:audits_auditrun_changelist"


@admin.register(AuditRun)
class AuditRunAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ("begun", "state", "took_shown", "is_strict", "asked_by")
    list_select_related = ("asked_by",)
    fields = ("state", "asked_at", "asked_by", "is_strict", "started_at", "ended_at", "faults", "found")
    readonly_fields = fields
    ordering = ("-id",)
    sortable_by = ()
    show_full_result_count = False

    def get_urls(self) -> list[URLPattern]:
        asking = self.admin_site.admin_view(require_POST(self.ask))
        return [path("ask", asking, name="audits_auditrun_ask"), *super().get_urls()]

    def ask(self, request: HttpRequest) -> HttpResponse:
        if not self.has_ask_permission(request):
            raise PermissionDenied
        asked = ask(cast(User, request.user))
        if asked is None:
            self.message_user(request, "An audit waits for the clock already.", messages.WARNING)
        else:
            self.log_addition(request, asked, "Asked for.")
            self.message_user(request, "The clock will run it within seconds.", messages.SUCCESS)
        return HttpResponseRedirect(reverse(LIST))

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        standing = {"may_ask": self.has_ask_permission(request), **_standing()}
        return super().changelist_view(request, {**(extra_context or {}), **standing})

    def has_ask_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("audits.add_auditrun")

    @admin.display(description="begun (UTC)", ordering="started_at")
    def begun(self, run: AuditRun) -> str:
        return f"{run.started_at:%Y-%m-%d %H:%M:%S}" if run.started_at else "–"

    @admin.display(description="result")
    def state(self, run: AuditRun) -> str:
        if run.started_at is None:
            return "waits for the clock"
        if run.faults is None:
            return "runs, or broke off"
        return f"{run.faults} fault{'' if run.faults == 1 else 's'}" if run.faults else "all adds up"

    @admin.display(description="took")
    def took_shown(self, run: AuditRun) -> str:
        return f"{run.took.total_seconds():.1f} s" if run.took is not None else "–"

    @admin.display(description="the first faults")
    def found(self, run: AuditRun) -> SafeString | str:
        return format_html_join("", "<p>{}</p>", ((text,) for text in run.problems)) or "–"


def _standing() -> dict[str, Any]:
    """What the page says before the list."""
    last = AuditRun.objects.filter(ended_at__isnull=False).order_by("-ended_at").first()
    now = timezone.now()
    return {
        "last": last,
        "last_ago": timesince(last.ended_at, now, depth=1) if last and last.ended_at else "",
        "is_overdue": last is None or last.ended_at is None or now - last.ended_at > EXPECTED_WITHIN,
        "frozen": frozen_by_audits().count(),
    }
