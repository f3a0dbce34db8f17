"""The shapes of what the API says of credits, for its schema."""

from typing import Any

from rest_framework import serializers

from credits.models import HoldStatus, TransactionType
from credits.usage import GROUPS


class AccountBodySerializer(serializers.Serializer[Any]):
    credits = serializers.IntegerField()
    available = serializers.IntegerField()
    held = serializers.IntegerField()
    overdraft = serializers.IntegerField()
    debt = serializers.IntegerField()
    low_balance_threshold = serializers.IntegerField(allow_null=True)
    daily_limit = serializers.IntegerField(allow_null=True)
    spent_today = serializers.IntegerField()
    frozen = serializers.BooleanField()


class ItemBodySerializer(serializers.Serializer[Any]):
    """amount: negative for what was taken."""

    transaction_key = serializers.CharField()
    transaction_time = serializers.DateTimeField()
    transaction_type = serializers.ChoiceField(TransactionType.choices)
    amount = serializers.IntegerField()
    running_balance = serializers.IntegerField()
    current_balance = serializers.IntegerField()
    description = serializers.CharField(allow_blank=True, allow_null=True)
    usage_graph_id = serializers.CharField(allow_null=True)
    usage_execution_id = serializers.CharField(allow_null=True)
    usage_node_count = serializers.IntegerField()
    usage_start_time = serializers.DateTimeField(allow_null=True)


class HistoryBodySerializer(serializers.Serializer[Any]):
    """After the last page, cursor and time are null."""

    transactions = ItemBodySerializer(many=True)
    next_transaction_time = serializers.DateTimeField(allow_null=True)
    next_cursor = serializers.CharField(allow_null=True)


class HoldBodySerializer(serializers.Serializer[Any]):
    id = serializers.CharField()
    status = serializers.ChoiceField(HoldStatus.choices)
    amount = serializers.IntegerField()
    cost = serializers.IntegerField(allow_null=True)
    execution_id = serializers.CharField(allow_null=True)
    graph_id = serializers.CharField(allow_null=True)
    block_id = serializers.CharField(allow_null=True)
    created_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField()
    closed_at = serializers.DateTimeField(allow_null=True)


class HoldsBodySerializer(serializers.Serializer[Any]):
    holds = HoldBodySerializer(many=True)


class UsageLineSerializer(serializers.Serializer[Any]):
    """One of the first four, which the usage is grouped by; null is what belongs to none."""

    block = serializers.CharField(required=False, allow_null=True)
    graph = serializers.CharField(required=False, allow_null=True)
    day = serializers.DateField(required=False, allow_null=True)
    model = serializers.CharField(required=False, allow_null=True)
    name = serializers.CharField(allow_null=True)
    credits = serializers.IntegerField()
    count = serializers.IntegerField()


class UsageBodySerializer(serializers.Serializer[Any]):
    group_by = serializers.ChoiceField(list(GROUPS))
    since = serializers.DateTimeField()
    until = serializers.DateTimeField()
    credits = serializers.IntegerField()
    usage = UsageLineSerializer(many=True)


class RedeemedBodySerializer(serializers.Serializer[Any]):
    credits = serializers.IntegerField()
    amount = serializers.IntegerField()
    transaction_key = serializers.CharField()
