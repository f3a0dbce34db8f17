"""What operators set for one user's executions, whose turn it is, and how often the sweeper had to repair something."""

from django.conf import settings
from django.db import models


class Share(models.Model):
    """One user's share in what the workers do. A user without a row has the limits of the settings."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, primary_key=True, related_name="+")
    #: Limits of this user alone; empty: those of the settings.
    queued_max = models.PositiveIntegerField(null=True, blank=True)
    running_max = models.PositiveIntegerField(null=True, blank=True)
    running_per_graph_max = models.PositiveIntegerField(null=True, blank=True)
    starts_per_minute_max = models.PositiveIntegerField(null=True, blank=True)
    #: An operator has stopped the dispatching: executions wait in QUEUED, running ones go on.
    is_paused = models.BooleanField(default=False)
    #: When the dispatcher last chose one of this user's executions while others waited too.
    turn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("user",)

    def __str__(self) -> str:
        return f"Share of {self.user_id}"


class RepairCount(models.Model):
    """How many repairs of one kind there were since the installation was made."""

    kind = models.CharField(max_length=40, primary_key=True)
    total = models.BigIntegerField(default=0)
    last_at = models.DateTimeField()

    class Meta:
        ordering = ("kind",)

    def __str__(self) -> str:
        return f"{self.kind}: {self.total}"
