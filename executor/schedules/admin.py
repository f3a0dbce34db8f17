"""Schedules in the admin: to look at, to hold and to let go on."""

from datetime import UTC, datetime

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.read_only import ReadOnly
from accounts.reasons import ReasonForm, act
from executor.schedules.models import Occurrence, Schedule
from executor.schedules.pausing import pause, resume

BY_AN_OPERATOR = "Paused by an operator."


class OccurrenceInline(ReadOnly, admin.TabularInline):
    model = Occurrence
    fields = ("due_at", "outcome", "reason", "execution")
    readonly_fields = fields
    ordering = ("-due_at",)


@admin.register(Schedule)
class ScheduleAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ("name", "user", "graph", "cron", "timezone", "is_paused", "pause_reason", "next_at")
    list_filter = ("is_paused", "overlap")
    list_select_related = ("user", "graph")
    search_fields = ("=id", "name", "user__email", "graph__name")
    fields = (
        "user", "graph", "version", "preset", "name", "cron", "timezone", "overlap", "misfire_grace_seconds",
        "max_failures", "ends_at", "is_paused", "pause_reason", "resumed_at", "next_at", "created_at",
    )  # fmt: skip
    inlines = (OccurrenceInline,)
    action_form = ReasonForm
    actions = ("pause", "resume")

    @admin.action(description="Pause: let nothing start", permissions=["pause"])
    def pause(self, request: HttpRequest, queryset: QuerySet[Schedule]) -> None:
        act(self, request, queryset, _pause, done="paused")

    @admin.action(description="Resume", permissions=["pause"])
    def resume(self, request: HttpRequest, queryset: QuerySet[Schedule]) -> None:
        act(self, request, queryset, _resume, done="resumed")

    def has_pause_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("schedules.change_schedule")


def _pause(schedule: Schedule) -> bool:
    if schedule.is_paused:
        return False
    pause(schedule.id, reason=BY_AN_OPERATOR)
    return True


def _resume(schedule: Schedule) -> bool:
    if not schedule.is_paused:
        return False
    resume(schedule, now=datetime.now(UTC))
    return True
