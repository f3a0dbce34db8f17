"""The shapes of what the API says of reviews, for its schema."""

from typing import Any

from rest_framework import serializers

from executor.reviews.statuses import ReviewStatus


class ReviewBodySerializer(serializers.Serializer[Any]):
    """expires_at and default_decision: null where it waits as long as it takes.

    has_payload: false where `payload` had no room in the list.
    """

    node_exec_id = serializers.UUIDField()
    node_id = serializers.UUIDField()
    user_id = serializers.UUIDField()
    graph_exec_id = serializers.UUIDField()
    root_graph_exec_id = serializers.UUIDField()
    graph_id = serializers.UUIDField()
    graph_version = serializers.IntegerField()
    payload = serializers.JSONField(allow_null=True)
    has_payload = serializers.BooleanField()
    payload_hash = serializers.CharField(allow_blank=True)
    instructions = serializers.CharField(allow_null=True)
    editable = serializers.BooleanField()
    is_sensitive = serializers.BooleanField()
    status = serializers.ChoiceField(ReviewStatus.choices)
    review_message = serializers.CharField(allow_null=True)
    was_edited = serializers.BooleanField()
    reviewed_data = serializers.JSONField(allow_null=True)
    is_expired = serializers.BooleanField()
    processed = serializers.BooleanField()
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField(allow_null=True)
    reviewed_at = serializers.DateTimeField(allow_null=True)
    expires_at = serializers.DateTimeField(allow_null=True)
    default_decision = serializers.ChoiceField(ReviewStatus.choices, allow_null=True)


class DecidedBodySerializer(serializers.Serializer[Any]):
    """All or nothing: nothing ever fails alone."""

    approved_count = serializers.IntegerField()
    rejected_count = serializers.IntegerField()
    failed_count = serializers.IntegerField()
    error = serializers.CharField(allow_null=True)
