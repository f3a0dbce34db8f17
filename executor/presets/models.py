"""Saved ways to start a graph."""

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models

from graphs.models import Graph, GraphVersion
from reliability.ids import uuid7

if TYPE_CHECKING:
    from accounts.models import User


class PresetQuerySet(models.QuerySet["Preset"]):
    def for_user(self, user: "User") -> "PresetQuerySet":
        """Theirs, without those that go with a graph that was deleted."""
        return self.filter(user=user, graph__deleted_at=None)


class Preset(models.Model):
    """A graph version with saved inputs."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="presets")
    graph = models.ForeignKey(Graph, on_delete=models.CASCADE, related_name="presets")
    version = models.ForeignKey(GraphVersion, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=200)
    description = models.TextField(blank=True)
    #: `{input name: value}`; values given at the start are laid over them.
    inputs = models.JSONField(default=dict, blank=True)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = PresetQuerySet.as_manager()

    class Meta:
        ordering = ("-updated_at",)
        indexes = [models.Index(fields=["user", "-updated_at"], name="preset_of_user")]

    def __str__(self) -> str:
        return self.name
