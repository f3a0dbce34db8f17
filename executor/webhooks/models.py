"""Addresses that other systems call to start a graph, and what providers know of them."""

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.utils import timezone

from accounts.credentials.models import PROVIDER_CHARACTERS, StoredCredential
from accounts.credentials.sealed import SealedField
from executor.presets.models import Preset
from graphs.models import Graph, GraphVersion
from reliability.ids import uuid7

if TYPE_CHECKING:
    from accounts.models import User

#: Whoever signs as the Standard Webhooks specification says.
ANYBODY = "generic_webhook"
TROUBLE_CHARACTERS = 500


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
    #: Who calls.
    provider = models.CharField(max_length=PROVIDER_CHARACTERS, default=ANYBODY)
    #: `{pin: value}` of its node, laid over the constants.
    config = models.JSONField(default=dict, blank=True)
    #: Those that start the graph, `kind.event`; empty for all.
    events = models.JSONField(default=list, blank=True)
    #: What senders sign with; shown once. See `executor.webhooks.secrets`.
    sealed = SealedField(owner="webhook")
    is_active = models.BooleanField(default=True)
    #: Why it was switched off, if its owner has not done so.
    trouble = models.CharField(max_length=TROUBLE_CHARACTERS, blank=True)
    #: When its provider last only tried whether it answers.
    pinged_at = models.DateTimeField(null=True, blank=True)
    last_called_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = WebhookQuerySet.as_manager()

    class Meta:
        ordering = ("-created_at",)
        indexes = [models.Index(fields=["user", "-created_at"], name="webhook_of_user")]

    def __str__(self) -> str:
        return self.name

    @property
    def takes_calls(self) -> bool:
        """Whether a call from outside may start the graph; see `RegistrationQuerySet.wanted`."""
        is_on = self.is_active and self.user.is_active
        return is_on and (self.preset is None or self.preset.is_active)


class RegistrationQuerySet(models.QuerySet["Registration"]):
    def wanted(self) -> "RegistrationQuerySet":
        """Those whose webhook may start its graph."""
        without_preset, with_active = models.Q(webhook__preset=None), models.Q(webhook__preset__is_active=True)
        return self.filter(without_preset | with_active, webhook__is_active=True, user__is_active=True)

    def unsettled(self) -> "RegistrationQuerySet":
        """Those that are not at their provider and should be, or the other way round."""
        wanted, unwanted = self.wanted(), self.exclude(id__in=self.wanted().values("id"))
        left = models.Q(may_exist=True) | models.Q(webhook=None)
        return self.filter(
            models.Q(id__in=wanted.filter(hook_id="").values("id"))
            | models.Q(id__in=unwanted.filter(left).values("id"))
        )


class Registration(models.Model):
    """A webhook at its provider. It outlives the webhook here, until the provider has forgotten it too."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    #: Empty: it was deleted, and so is this row when the provider has forgotten it.
    webhook = models.OneToOneField(Webhook, on_delete=models.SET_NULL, null=True, related_name="registration")
    credential = models.ForeignKey(StoredCredential, on_delete=models.SET_NULL, null=True, related_name="+")
    provider = models.CharField(max_length=PROVIDER_CHARACTERS)
    #: What is watched there: `owner/repository`.
    resource = models.CharField(max_length=300)
    #: What the provider calls.
    url = models.CharField(max_length=2000)
    #: The provider's own name for it; empty if it is not known to be there.
    hook_id = models.CharField(max_length=100, blank=True)
    #: The provider was asked to make it, and not yet seen to have forgotten it.
    may_exist = models.BooleanField(default=False)
    #: How often in a row the provider could not be brought to do what is wanted, when it is next tried, and why not.
    attempts = models.PositiveIntegerField(default=0)
    next_at = models.DateTimeField(default=timezone.now, db_index=True)
    trouble = models.CharField(max_length=TROUBLE_CHARACTERS, blank=True)
    #: Until then one process asks the provider, and no other does.
    working_until = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = RegistrationQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.resource} at {self.provider}"

    @property
    def is_wanted(self) -> bool:
        return self.webhook is not None and self.webhook.takes_calls
