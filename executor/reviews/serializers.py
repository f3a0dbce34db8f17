"""Reviews as the API takes and shows them, in the shapes of the AutoGPT Platform."""

from typing import Any

from rest_framework import serializers

from executor.reviews.decisions import Decision
from executor.reviews.limits import DECISIONS, MESSAGE_CHARACTERS
from executor.reviews.models import Review
from executor.statuses import TERMINAL
from executor.telling.payloads import Payload


class DecisionSerializer(serializers.Serializer[Any]):
    """One decision. reviewed_data: the payload as it should go on, if it was edited."""

    node_exec_id = serializers.UUIDField()
    approved = serializers.BooleanField()
    message = serializers.CharField(
        max_length=MESSAGE_CHARACTERS,
        required=False,
        allow_null=True,
        allow_blank=True,
        default="",
        trim_whitespace=False,
    )
    reviewed_data = serializers.JSONField(required=False, allow_null=True, default=None)
    payload_hash = serializers.CharField(max_length=64, required=False, allow_null=True, allow_blank=True, default="")
    auto_approve_future = serializers.BooleanField(default=False)


class DecisionsSerializer(serializers.Serializer[Any]):
    """Decisions about reviews of one execution."""

    reviews = serializers.ListField(child=DecisionSerializer(), min_length=1, max_length=DECISIONS)

    def decisions(self) -> list[Decision]:
        """Once they are valid."""
        return [
            Decision(
                node_execution_id=item["node_exec_id"],
                approved=item["approved"],
                message=item["message"] or "",
                reviewed_data=item["reviewed_data"],
                payload_hash=item["payload_hash"] or "",
                approves_future=item["auto_approve_future"],
            )
            for item in self.validated_data["reviews"]
        ]


def review_body(review: Review) -> Payload:
    """Needs `node_execution` and `execution__version` selected."""
    run, execution = review.node_execution, review.execution
    return {
        "node_exec_id": review.node_execution_id,
        "node_id": run.node_id,
        "user_id": review.user_id,
        "graph_exec_id": review.execution_id,
        "root_graph_exec_id": review.root_id,
        "graph_id": execution.graph_id,
        "graph_version": execution.version.number,
        "payload": review.payload,
        "payload_hash": review.payload_hash,
        "instructions": review.instructions or None,
        "editable": review.editable,
        "is_sensitive": review.is_sensitive,
        "status": review.status,
        "review_message": review.message or None,
        "was_edited": review.was_edited,
        "reviewed_data": review.edited_data,
        "is_expired": review.is_expired,
        "processed": run.status in TERMINAL,
        "created_at": review.created_at,
        "updated_at": review.reviewed_at,
        "reviewed_at": review.reviewed_at,
        "expires_at": review.expires_at,
        "default_decision": review.default_decision if review.expires_at else None,
    }


def decided_body(reviews: list[Review]) -> Payload:
    """What became of a request. It is all or nothing, so nothing ever failed."""
    approved = sum(review.status == "APPROVED" for review in reviews)
    return {"approved_count": approved, "rejected_count": len(reviews) - approved, "failed_count": 0, "error": None}
