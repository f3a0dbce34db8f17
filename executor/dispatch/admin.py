"""What operators set for a user's executions, and what the sweeper had to repair."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.only_changes import OnlyChanges
from accounts.read_only import ReadOnly
from accounts.reasons import REASON_CHARACTERS, ReasonForm, act
from executor.dispatch import pausing
from executor.dispatch.models import RepairCount, Share
from executor.models import GraphExecution
from executor.stopping.cancel import request_cancel_all


class ShareForm(forms.ModelForm):
    """A change of limits says why."""

    reason = forms.CharField(max_length=REASON_CHARACTERS)

    class Meta:
        model = Share
        fields = ("user", "queued_max", "starts_per_minute_max", "running_max", "running_per_graph_max")
        help_texts = {
            "queued_max": "Executions that may wait. Empty: as in the settings, here and below.",
            "starts_per_minute_max": "Executions that may be started in a minute.",
            "running_max": "Executions that may run at once. 0: none begins.",
            "running_per_graph_max": "Of them, executions of the same graph.",
        }


@admin.register(Share)
class ShareAdmin(OnlyChanges):
    form = ShareForm
    list_display = (
        "user",
        "is_paused",
        "queued_max",
        "starts_per_minute_max",
        "running_max",
        "running_per_graph_max",
        "turn_at",
    )
    list_filter = ("is_paused",)
    list_select_related = ("user",)
    search_fields = ("user__email", "user__name")
    autocomplete_fields = ("user",)
    action_form = ReasonForm
    actions = ("pause", "resume", "stop_all")

    @admin.action(description="Pause: let no execution begin", permissions=["change"])
    def pause(self, request: HttpRequest, queryset: QuerySet[Share]) -> None:
        act(self, request, queryset, lambda share: pausing.pause(share.user), done="paused")

    @admin.action(description="Resume", permissions=["change"])
    def resume(self, request: HttpRequest, queryset: QuerySet[Share]) -> None:
        act(self, request, queryset, lambda share: pausing.resume(share.user), done="resumed")

    @admin.action(description="Stop all executions", permissions=["change"])
    def stop_all(self, request: HttpRequest, queryset: QuerySet[Share]) -> None:
        act(self, request, queryset, _stop_all, done="stopped")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("user",) if obj else ()

    def construct_change_message(self, request: HttpRequest, form: Any, formsets: Any, add: bool = False) -> Any:
        changed = [f"{name}: {form.cleaned_data[name]}" for name in form.changed_data if name != "reason"]
        return f"{', '.join(changed) or 'Nothing changed'}. Reason: {form.cleaned_data['reason']}"


@admin.register(RepairCount)
class RepairCountAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ("kind", "total", "last_at")


def _stop_all(share: Share) -> bool:
    return bool(request_cancel_all(GraphExecution.objects.for_user(share.user)))
