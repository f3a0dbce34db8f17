"""Addresses that other systems call to start a graph."""

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models

from accounts.credentials.sealed import SealedField
from executor.presets.models import Preset
from executor.webhooks.secrets import new_secret as new_secret  # the first migration names it here
from graphs.models import Graph, GraphVersion
from reliability.ids import uuid7

if TYPE_CHECKING:
    from accounts.models import User


class WebhookQuerySet(models.QuerySet["Webhook"]):
    def for_user(self, user: "User") -> "WebhookQuerySet":
        return self.filter(user=user)


class Webhook(models.Model):
    """What is posted to it becomes the payload of a node of a graph version, which starts. It goes with its graph."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="webhooks")
    graph = models.ForeignKey(Graph, on_delete=models.CASCADE, related_name="webhooks")
    version = models.ForeignKey(GraphVersion, on_delete=models.CASCADE, related_name="+")
    #: The node that gets the payload.
    node_id = models.UUIDField()
    #: Whose inputs the graph starts with.
    preset = models.ForeignKey(Preset, on_delete=models.CASCADE, null=True, blank=True, related_name="webhooks")
    name = models.CharField(max_length=200)
    #: What senders sign with; shown once. See `executor.webhooks.secrets`.
    sealed = SealedField(owner="webhook")
    is_active = models.BooleanField(default=True)
    last_called_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = WebhookQuerySet.as_manager()

    class Meta:
        ordering = ("-created_at",)
        indexes = [models.Index(fields=["user", "-created_at"], name="webhook_of_user")]

    def __str__(self) -> str:
        return self.name
