"""Saved graphs. A graph is a name and its versions; a version never changes once it is saved."""

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models

from reliability.ids import uuid7

if TYPE_CHECKING:
    from accounts.models import User


class GraphQuerySet(models.QuerySet["Graph"]):
    def for_user(self, user: "User") -> "GraphQuerySet":
        return self.filter(owner=user).there()

    def there(self) -> "GraphQuerySet":
        """Without those that were deleted."""
        return self.filter(deleted_at=None)

    def listed(self) -> "GraphQuerySet":
        """Without those that are stored only because another graph runs them."""
        return self.filter(is_sub_graph=False)


class Graph(models.Model):
    """A user's graph, over all its versions."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="graphs")
    name = models.CharField(max_length=200)
    description = models.TextField(blank=True)
    #: The version that runs when none is asked for.
    active_version = models.PositiveIntegerField(default=1)
    #: Stored because another graph runs it; not listed by itself.
    is_sub_graph = models.BooleanField(default=False)
    #: Whether blocks that ask a person do so, and whether blocks of sensitive effect must be approved before they run.
    human_review = models.BooleanField(default=True)
    sensitive_review = models.BooleanField(default=False)
    #: What each execution may cost (credits) and take (seconds), and how many may run at once; empty: no own limit.
    max_cost = models.BigIntegerField(null=True, blank=True)
    max_seconds = models.PositiveIntegerField(null=True, blank=True)
    max_running = models.PositiveIntegerField(null=True, blank=True)
    #: An operator has stopped its dispatching: executions wait in QUEUED.
    is_paused = models.BooleanField(default=False)
    #: Nobody finds it any more, and nothing of it begins; its executions can still be read.
    deleted_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = GraphQuerySet.as_manager()

    class Meta:
        ordering = ("name", "created_at")
        indexes = [
            models.Index(fields=["owner", "created_at"]),
            models.Index(
                fields=["deleted_at"], condition=models.Q(deleted_at__isnull=False), name="graph_deleted_lately"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class GraphVersion(models.Model):
    """One saved state of a graph: its nodes and links."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    graph = models.ForeignKey(Graph, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    name = models.CharField(max_length=200)
    description = models.TextField(blank=True)
    #: Keys of the imported file that mean nothing to Sluice, kept for the next export.
    extras = models.JSONField(default=dict, blank=True)
    #: What the import mapped, upgraded, repaired, did not know and dropped; empty for versions made here.
    import_report = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("graph", "-number")
        constraints = [models.UniqueConstraint(fields=["graph", "number"], name="graph_version_number_unique")]

    def __str__(self) -> str:
        return f"{self.name} v{self.number}"


class Node(models.Model):
    """A use of a block in a graph."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    version = models.ForeignKey(GraphVersion, on_delete=models.CASCADE, related_name="nodes")
    #: Text, not a UUID: ids of older blocks hold letters beyond f.
    block_id = models.CharField(max_length=36)
    #: Constant values of inputs: `{pin: value}`.
    input_default = models.JSONField(default=dict, blank=True)
    #: Position, custom name and whatever else an editor keeps.
    metadata = models.JSONField(default=dict, blank=True)
    #: Order within the file it came from.
    position = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ("version", "position")

    def __str__(self) -> str:
        return str(self.metadata.get("customized_name") or self.block_id)


class Link(models.Model):
    """A wire from an output of one node to an input of another."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    version = models.ForeignKey(GraphVersion, on_delete=models.CASCADE, related_name="links")
    source = models.ForeignKey(Node, on_delete=models.CASCADE, related_name="output_links")
    sink = models.ForeignKey(Node, on_delete=models.CASCADE, related_name="input_links")
    source_name = models.CharField(max_length=500)
    sink_name = models.CharField(max_length=500)
    #: Keeps its last value for every later execution of the sink; true whenever the source block's output is static.
    is_static = models.BooleanField(default=False)
    position = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ("version", "position")

    def __str__(self) -> str:
        return f"{self.source_name} → {self.sink_name}"
