"""What operators were told, in the admin: to look at, and to send again."""

from datetime import UTC, datetime

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.read_only import ReadOnly
from accounts.reasons import ReasonForm, act
from notifications.operators.models import AlertAttempt, OperatorAlert
from notifications.operators.resending import resend


class AlertAttemptInline(ReadOnly, admin.TabularInline):
    model = AlertAttempt
    fields = ("target", "started_at", "milliseconds", "status_code", "error")
    readonly_fields = fields
    extra = 0


@admin.register(OperatorAlert)
class OperatorAlertAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ("title", "channel", "state", "count", "since", "created_at", "tries", "next_at", "sent_at")
    list_filter = ("channel", "state")
    search_fields = ("=id", "title", "signature")
    date_hierarchy = "created_at"
    show_full_result_count = False
    fields = (
        *("channel", "title", "text", "link", "signature", "since", "count", "state", "summary", "is_summary"),
        *("tries", "next_at", "claimed_until", "fence", "admitted_at", "created_at", "sent_at"),
    )
    inlines = (AlertAttemptInline,)
    action_form = ReasonForm
    actions = ("send_again",)

    @admin.action(description="Send again", permissions=["send"])
    def send_again(self, request: HttpRequest, queryset: QuerySet[OperatorAlert]) -> None:
        act(self, request, queryset, lambda alert: resend(alert, now=datetime.now(UTC)), done="sent again")

    def has_send_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("operators.change_operatoralert")
