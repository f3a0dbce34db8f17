"""Graphs that start by themselves, and what became of each time that they were due."""

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q

from executor.models import GraphExecution
from executor.presets.models import Preset
from graphs.models import Graph, GraphVersion
from reliability.ids import uuid7

if TYPE_CHECKING:
    from accounts.models import User


class Overlap(models.TextChoices):
    """What happens when it is due while an execution of the same schedule has not ended."""

    SKIP = "SKIP", "Skip"  #: nothing starts
    QUEUE = "QUEUE", "Queue"  #: it starts when the earlier ones have ended, in order
    REPLACE = "REPLACE", "Replace"  #: the earlier one is stopped


class ScheduleQuerySet(models.QuerySet["Schedule"]):
    def for_user(self, user: "User") -> "ScheduleQuerySet":
        """Theirs, without those that go with a graph that was deleted."""
        return self.filter(user=user, graph__deleted_at=None)


class Schedule(models.Model):
    """A graph version that starts at the times of a cron expression. It goes with its graph."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="schedules")
    graph = models.ForeignKey(Graph, on_delete=models.CASCADE, related_name="schedules")
    version = models.ForeignKey(GraphVersion, on_delete=models.CASCADE, related_name="+")
    #: Whose inputs it starts with; its own are laid over them. It goes with its preset too.
    preset = models.ForeignKey(Preset, on_delete=models.CASCADE, null=True, blank=True, related_name="schedules")
    name = models.CharField(max_length=200)
    #: Five fields, with the week days of Unix: 0 and 7 are Sunday.
    cron = models.CharField(max_length=200)
    timezone = models.CharField(max_length=64)
    inputs = models.JSONField(default=dict, blank=True)
    overlap = models.CharField(max_length=8, choices=Overlap.choices, default=Overlap.SKIP)
    #: How late it may start; what is due longer ago is recorded as missed.
    misfire_grace_seconds = models.PositiveIntegerField(default=300)
    #: After so many failures in a row it is paused; 0: never.
    max_failures = models.PositiveIntegerField(default=5)
    ends_at = models.DateTimeField(null=True, blank=True)

    is_paused = models.BooleanField(default=False)
    pause_reason = models.CharField(max_length=500, blank=True)
    #: Failures before this are forgiven.
    resumed_at = models.DateTimeField(null=True, blank=True)
    #: When it is due next; empty once it has ended.
    next_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ScheduleQuerySet.as_manager()

    class Meta:
        ordering = ("-created_at",)
        indexes = [
            models.Index(fields=["next_at"], condition=Q(is_paused=False), name="schedule_due"),
            models.Index(fields=["user", "-created_at"], name="schedule_of_user"),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.cron})"


class Outcome(models.TextChoices):
    """What became of one time that a schedule was due."""

    STARTED = "STARTED", "Started"
    WAITING = "WAITING", "Waiting"  #: until the earlier execution has ended
    SKIPPED = "SKIPPED", "Skipped"  #: an earlier execution had not ended
    MISSED = "MISSED", "Missed"  #: nothing could start it in time
    REFUSED = "REFUSED", "Refused"  #: the start was refused


class Occurrence(models.Model):
    """One time that a schedule was due. It is unique, so one time starts one execution."""

    schedule = models.ForeignKey(Schedule, on_delete=models.CASCADE, related_name="occurrences")
    due_at = models.DateTimeField()
    outcome = models.CharField(max_length=8, choices=Outcome.choices)
    #: Why nothing started.
    reason = models.CharField(max_length=500, blank=True)
    execution = models.OneToOneField(
        GraphExecution, on_delete=models.SET_NULL, null=True, blank=True, related_name="occurrence"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("schedule", "-due_at")
        constraints = [models.UniqueConstraint(fields=["schedule", "due_at"], name="occurrence_unique")]
        indexes = [
            models.Index(fields=["schedule", "due_at"], condition=Q(outcome="WAITING"), name="occurrence_waiting")
        ]

    def __str__(self) -> str:
        return f"{self.due_at:%Y-%m-%d %H:%M} {self.outcome}"
