"""Reviews: what a running graph asks a person, and what the person said."""

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q

from executor.models import GraphExecution, NodeExecution
from executor.reviews.statuses import ReviewStatus

if TYPE_CHECKING:
    from accounts.models import User


class ReviewQuerySet(models.QuerySet["Review"]):
    def for_user(self, user: "User") -> "ReviewQuerySet":
        return self.filter(user=user)

    def waiting(self) -> "ReviewQuerySet":
        return self.filter(status=ReviewStatus.WAITING)

    def inside(self, execution: GraphExecution) -> "ReviewQuerySet":
        """Those of an execution and of everything inside it."""
        return self.filter(Q(root=execution) | Q(execution=execution))


class Review(models.Model):
    """One question to the owner of an execution. The journal asks it, together with the node's move to REVIEW."""

    node_execution = models.OneToOneField(
        NodeExecution, on_delete=models.CASCADE, primary_key=True, related_name="review"
    )
    execution = models.ForeignKey(GraphExecution, on_delete=models.CASCADE, related_name="reviews")
    #: The execution that waits for it, and goes on after it.
    root = models.ForeignKey(GraphExecution, on_delete=models.CASCADE, related_name="+")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="reviews")
    #: Asked before a sensitive block runs: the payload is all of its inputs, a rejection fails the node.
    is_sensitive = models.BooleanField()
    payload = models.JSONField(null=True)
    #: `questions.digest` of the payload: a decision holds for this and for nothing else.
    payload_hash = models.CharField(max_length=64)
    instructions = models.TextField(blank=True)
    editable = models.BooleanField()

    status = models.CharField(max_length=12, choices=ReviewStatus.choices, default=ReviewStatus.WAITING)
    message = models.CharField(max_length=2000, blank=True)
    was_edited = models.BooleanField(default=False)
    #: What goes on instead of the payload, if it was edited.
    edited_data = models.JSONField(null=True)
    #: Later executions of this node within the same graph execution pass unasked.
    approves_future = models.BooleanField(default=False)
    #: Nobody decided in time.
    is_expired = models.BooleanField(default=False)
    reviewer = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )

    created_at = models.DateTimeField()
    reviewed_at = models.DateTimeField(null=True)
    #: When the execution was taken up with the decision, on the database's clock. Until then it did not run.
    resumed_at = models.DateTimeField(null=True)
    #: When nobody has decided until then, `default_decision` holds; empty: it waits for ever.
    expires_at = models.DateTimeField(null=True)
    default_decision = models.CharField(max_length=12, choices=ReviewStatus.choices, default=ReviewStatus.REJECTED)

    objects = ReviewQuerySet.as_manager()

    class Meta:
        ordering = ("created_at", "node_execution")
        constraints = [
            models.CheckConstraint(condition=~Q(default_decision="WAITING"), name="review_default_decides"),
            models.CheckConstraint(
                condition=Q(status="WAITING", reviewed_at=None) | (~Q(status="WAITING") & Q(reviewed_at__isnull=False)),
                name="review_decided_has_a_time",
            ),
        ]
        indexes = [
            models.Index(fields=["user", "created_at"], condition=Q(status="WAITING"), name="review_waiting_of_user"),
            models.Index(fields=["expires_at"], condition=Q(status="WAITING"), name="review_expiring"),
        ]

    def __str__(self) -> str:
        return f"{self.instructions or self.node_execution_id} {self.status}"
