"""Executions of graphs. The engine's journal is the only writer of running ones."""

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import F, Func, Q

from accounts.models import ApiKey
from executor.statuses import TERMINAL, UNFINISHED, Status
from graphs.models import Graph, GraphVersion, Node
from reliability.ids import uuid7

if TYPE_CHECKING:
    from accounts.models import User


#: With the statuses written out: SQLite uses an index with a condition only where it can read the same words in the
#: statement. Of statuses that are bound as values it knows nothing when it plans, and reads the whole table.
_HAS_NOT_ENDED = Func(
    F("status"),
    template="%(expressions)s IN ({})".format(", ".join(f"'{status}'" for status in UNFINISHED)),
    output_field=models.BooleanField(),
)


class Trigger(models.TextChoices):
    """What started an execution."""

    API = "API", "API"
    CONSOLE = "CONSOLE", "Console"
    COMMAND = "COMMAND", "Command line"
    SUB_GRAPH = "SUB_GRAPH", "Sub-graph"
    SCHEDULE = "SCHEDULE", "Schedule"
    WEBHOOK = "WEBHOOK", "Webhook"
    AGAIN = "AGAIN", "Run again"  #: takes over finished nodes of an earlier execution
    BLOCK = "BLOCK", "Block by itself"


class GraphExecutionQuerySet(models.QuerySet["GraphExecution"]):
    def for_user(self, user: "User") -> "GraphExecutionQuerySet":
        """Theirs, without those that they have deleted."""
        return self.filter(user=user, deletion=None)

    def active(self) -> "GraphExecutionQuerySet":
        """Those that have not ended. Fast, however many have, where the rest of the query names an index's columns."""
        return self.filter(_HAS_NOT_ENDED)

    def roots(self) -> "GraphExecutionQuerySet":
        """Executions that somebody started, without those that run inside another."""
        return self.filter(parent=None)


class GraphExecution(models.Model):
    """One execution of a graph."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    #: Where a longer index begins with a column, it has none of its own: each would be written with every row.
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="executions", db_index=False
    )
    graph = models.ForeignKey(Graph, on_delete=models.PROTECT, related_name="executions", db_index=False)
    version = models.ForeignKey(GraphVersion, on_delete=models.PROTECT, related_name="executions")
    status = models.CharField(max_length=12, choices=Status.choices, default=Status.QUEUED)
    trigger = models.CharField(max_length=12, choices=Trigger.choices, default=Trigger.API)
    #: `{input name: value}` as given.
    inputs = models.JSONField(default=dict, blank=True)
    #: `{node id: {pin: value}}`, laid over whatever a node receives.
    input_masks = models.JSONField(default=dict, blank=True)
    #: Ids of nodes that end COMPLETED without running.
    skipped_nodes = models.JSONField(default=list, blank=True)
    #: Simulated outputs: nothing leaves the machine, nothing is charged.
    is_dry_run = models.BooleanField(default=False)
    #: Whether blocks that ask a person do so, and whether blocks of sensitive effect must be approved before they run.
    human_review = models.BooleanField(default=True)
    sensitive_review = models.BooleanField(default=False)
    #: Among the QUEUED executions of one user, the highest goes first.
    priority = models.SmallIntegerField(default=0)

    #: What it was started from, besides its graph.
    preset = models.ForeignKey("presets.Preset", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    #: The earlier execution whose finished nodes it took over.
    continues = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    #: The client's own key for the request that started it, and a digest of that request: asked again, it starts once.
    key = models.CharField(max_length=255, null=True, blank=True)  # noqa: DJ001 - many have none, and it is unique
    request_digest = models.CharField(max_length=64, blank=True)

    #: A sub-graph's execution runs inside its parent's task, under the root's lease and fence.
    #: Neither has an index of all rows: SQLite would look for root executions in it, and find nearly all there are.
    parent = models.ForeignKey(
        "self", on_delete=models.CASCADE, null=True, blank=True, related_name="children", db_index=False
    )
    root = models.ForeignKey(
        "self", on_delete=models.CASCADE, null=True, blank=True, related_name="descendants", db_index=False
    )
    #: The node execution of the parent that this one answers.
    parent_node_execution = models.OneToOneField(
        "NodeExecution", on_delete=models.CASCADE, null=True, blank=True, related_name="child"
    )
    depth = models.PositiveSmallIntegerField(default=0)

    #: The API key that started it; its daily limit holds for what it costs.
    api_key = models.ForeignKey(ApiKey, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    #: Credits charged so far: children and, for a root, the execution fee included.
    cost = models.BigIntegerField(default=0)
    #: Credits of the execution fee charged in it, and node executions counted for it.
    fees = models.BigIntegerField(default=0)
    counted = models.BigIntegerField(default=0)
    #: Credits this execution may cost at most; empty for no ceiling of its own.
    max_cost = models.BigIntegerField(null=True, blank=True)
    #: Seconds it may run at most; empty for no limit of its own.
    max_seconds = models.PositiveIntegerField(null=True, blank=True)
    stats = models.JSONField(default=dict, blank=True)
    error_code = models.CharField(max_length=40, blank=True)
    error = models.TextField(blank=True)

    #: The number of the newest committed change within this execution.
    seq = models.BigIntegerField(default=0)
    #: Grows with each claim; who holds an older one can write nothing any more.
    fence = models.BigIntegerField(default=0)
    owner = models.CharField(max_length=120, blank=True)
    #: On the database's clock.
    lease_until = models.DateTimeField(null=True, blank=True)
    #: Claims since a node last finished.
    claims = models.PositiveIntegerField(default=0)
    cancel_requested_at = models.DateTimeField(null=True, blank=True)
    #: When the queue was last told of it.
    dispatched_at = models.DateTimeField(null=True, blank=True)

    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = GraphExecutionQuerySet.as_manager()

    class Meta:
        ordering = ("-created_at",)
        constraints = [
            models.CheckConstraint(
                condition=~Q(status="RUNNING") | Q(lease_until__isnull=False) | Q(parent__isnull=False),
                name="running_execution_has_a_lease",
            ),
            models.UniqueConstraint(fields=["user", "key"], name="execution_key_unique"),
        ]
        indexes = [
            models.Index(fields=["user", "-created_at"], name="execution_of_user"),
            models.Index(fields=["graph", "-created_at"], name="execution_of_graph"),
            models.Index(fields=["parent"], condition=Q(parent__isnull=False), name="execution_of_parent"),
            models.Index(fields=["root"], condition=Q(root__isnull=False), name="execution_of_root"),
            # Read by claims, the dispatcher and the sweeper. None holds what changes while an execution runs: that
            # would make each of the journal's writes write the indexes, too.
            models.Index(fields=["dispatched_at"], condition=Q(status="QUEUED"), name="execution_queued"),
            models.Index(fields=["user", "graph", "parent"], condition=Q(status="RUNNING"), name="execution_running"),
            models.Index(
                fields=["user", "-priority", "created_at"],
                condition=Q(status="QUEUED", parent=None, dispatched_at=None),
                name="execution_waiting",
            ),
            models.Index(fields=["created_at"], condition=Q(status="REVIEW"), name="execution_in_review"),
            models.Index(fields=["created_at"], condition=Q(status="INCOMPLETE"), name="execution_incomplete"),
            models.Index(
                fields=["cancel_requested_at"],
                condition=Q(
                    cancel_requested_at__isnull=False, status__in=("INCOMPLETE", "QUEUED", "RUNNING", "REVIEW")
                ),
                name="execution_to_be_stopped",
            ),
            models.Index(fields=["graph"], condition=Q(status__in=UNFINISHED), name="execution_unfinished_of_graph"),
            models.Index(
                fields=["root"],
                condition=Q(root__isnull=False, status__in=("INCOMPLETE", "QUEUED", "RUNNING", "REVIEW")),
                name="execution_unfinished_child",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.id} {self.status}"

    @property
    def is_finished(self) -> bool:
        return self.status in TERMINAL

    @property
    def seconds(self) -> float | None:
        """From start to end; None while it has not ended."""
        if self.started_at is None or self.ended_at is None:
            return None
        return (self.ended_at - self.started_at).total_seconds()


class NodeExecution(models.Model):
    """One run of a node with one set of inputs."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    execution = models.ForeignKey(
        GraphExecution, on_delete=models.CASCADE, related_name="node_executions", db_index=False
    )
    node = models.ForeignKey(Node, on_delete=models.PROTECT, related_name="+")
    #: 1, 2, 3 … in the order in which the execution made them.
    number = models.PositiveIntegerField()
    status = models.CharField(max_length=12, choices=Status.choices)
    #: While INCOMPLETE, what the links have delivered; from QUEUED on, the merged inputs it runs with.
    inputs = models.JSONField(default=dict)
    #: 1 on the first try; a node that runs again after a crash counts on.
    attempt = models.PositiveSmallIntegerField(default=0)
    #: Credits charged.
    cost = models.BigIntegerField(default=0)
    stats = models.JSONField(default=dict)
    #: Why it failed, or, while INCOMPLETE, what it is waiting for.
    error = models.TextField(blank=True)
    #: The execution's seq when this row last changed.
    seq = models.BigIntegerField(default=0)
    added_at = models.DateTimeField()
    queued_at = models.DateTimeField(null=True)
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("execution", "number")
        constraints = [models.UniqueConstraint(fields=["execution", "number"], name="node_execution_number_unique")]

    def __str__(self) -> str:
        return f"{self.id} {self.status}"


class NodeOutput(models.Model):
    """One value that a node execution emitted. Append-only."""

    node_execution = models.ForeignKey(NodeExecution, on_delete=models.CASCADE, related_name="outputs", db_index=False)
    #: 0, 1, 2 … in the order of emission; a block that runs again skips the indexes that are stored.
    index = models.PositiveIntegerField()
    name = models.CharField(max_length=500)
    data = models.JSONField(null=True)
    seq = models.BigIntegerField()
    created_at = models.DateTimeField()

    class Meta:
        ordering = ("node_execution", "index")
        constraints = [models.UniqueConstraint(fields=["node_execution", "index"], name="node_output_index_unique")]

    def __str__(self) -> str:
        return f"{self.name} #{self.index}"


class KeyValue(models.Model):
    """What blocks remember for a user between executions."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=500)
    value = models.JSONField(null=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "key"], name="key_value_unique")]

    def __str__(self) -> str:
        return self.key
