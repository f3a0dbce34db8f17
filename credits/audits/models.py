"""Audits that ran, run, or were asked for."""

from datetime import timedelta

from django.conf import settings
from django.db import models
from django.db.models import Q

from reliability.ids import uuid7


class AuditRun(models.Model):
    """One audit. It is asked for by an operator, or begins by itself."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    #: Empty for one that the clock or the command has begun.
    asked_at = models.DateTimeField(null=True, blank=True)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    #: Nothing was running, so what is unfinished had to add up too.
    is_strict = models.BooleanField(default=False)
    #: Empty while it waits for the clock.
    started_at = models.DateTimeField(null=True, blank=True)
    #: Empty while it runs, and for one that broke off.
    ended_at = models.DateTimeField(null=True, blank=True)
    faults = models.PositiveIntegerField(null=True, blank=True)
    #: The first of them, as sentences.
    problems = models.JSONField(default=list, blank=True)

    class Meta:
        ordering = ("-id",)
        constraints = [
            models.UniqueConstraint(fields=["is_strict"], condition=Q(started_at=None), name="audit_waits_once"),
        ]
        indexes = [models.Index(fields=["ended_at"], name="audit_by_end")]

    def __str__(self) -> str:
        return f"Audit {self.id}"

    @property
    def took(self) -> timedelta | None:
        if self.started_at is None or self.ended_at is None:
            return None
        return self.ended_at - self.started_at
