"""The shapes of what is said of executions, for the schema. `executor.telling` makes them."""

from typing import Any

from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers

from api.paging import page_serializer
from executor.models import Trigger
from executor.statuses import Status


class ValuesField(serializers.DictField):
    """`{name: [values]}`."""

    child = serializers.ListField(child=serializers.JSONField(allow_null=True))


class StatsBodySerializer(serializers.Serializer[Any]):
    """cost: credits. duration: seconds."""

    cost = serializers.IntegerField()
    duration = serializers.FloatField(allow_null=True)
    node_exec_count = serializers.IntegerField()
    node_error_count = serializers.IntegerField()
    error = serializers.CharField(allow_null=True)
    error_code = serializers.CharField(allow_null=True)
    activity_status = serializers.CharField(allow_null=True)
    correctness_score = serializers.FloatField(allow_null=True)
    is_dry_run = serializers.BooleanField()


class ExecutionBodySerializer(serializers.Serializer[Any]):
    """One execution. `outputs` is filled only where one execution is asked for."""

    id = serializers.UUIDField()
    seq = serializers.IntegerField()
    user_id = serializers.UUIDField()
    graph_id = serializers.UUIDField()
    graph_version = serializers.IntegerField()
    preset_id = serializers.UUIDField(allow_null=True)
    status = serializers.ChoiceField(choices=Status.values)
    started_at = serializers.DateTimeField(allow_null=True)
    ended_at = serializers.DateTimeField(allow_null=True)
    stats = StatsBodySerializer()
    inputs = serializers.DictField(child=serializers.JSONField(allow_null=True))
    outputs = ValuesField()
    trigger = serializers.ChoiceField(choices=Trigger.values)
    continues = serializers.UUIDField(allow_null=True)
    is_dry_run = serializers.BooleanField()
    max_cost = serializers.IntegerField(allow_null=True)
    max_seconds = serializers.IntegerField(allow_null=True)
    priority = serializers.IntegerField()
    created_at = serializers.DateTimeField()


class ListedBodySerializer(ExecutionBodySerializer):
    """`has_all_inputs` is false where `inputs` had no room in the list."""

    has_all_inputs = serializers.BooleanField()
    is_shared = serializers.BooleanField()


@extend_schema_serializer(component_name="NodeExecutionBody")
class NodeBodySerializer(serializers.Serializer[Any]):
    """One node execution, as in live events."""

    seq = serializers.IntegerField()
    number = serializers.IntegerField()
    user_id = serializers.UUIDField()
    graph_id = serializers.UUIDField()
    graph_version = serializers.IntegerField()
    graph_exec_id = serializers.UUIDField()
    node_exec_id = serializers.UUIDField()
    node_id = serializers.UUIDField()
    block_id = serializers.CharField()
    node_name = serializers.CharField()
    status = serializers.ChoiceField(choices=Status.values)
    input_data = serializers.DictField(child=serializers.JSONField(allow_null=True))
    output_data = ValuesField()
    has_all_outputs = serializers.BooleanField()
    cost = serializers.IntegerField()
    error = serializers.CharField(allow_null=True)
    add_time = serializers.DateTimeField()
    queue_time = serializers.DateTimeField(allow_null=True)
    start_time = serializers.DateTimeField(allow_null=True)
    end_time = serializers.DateTimeField(allow_null=True)


class DetailedBodySerializer(ExecutionBodySerializer):
    """With what ran in it. `more_node_executions` is the address of those that had no room, or null."""

    has_all_outputs = serializers.BooleanField()
    is_shared = serializers.BooleanField()
    node_executions = NodeBodySerializer(many=True)
    more_node_executions = serializers.CharField(allow_null=True)


class PaginationBodySerializer(serializers.Serializer[Any]):
    total_items = serializers.IntegerField()
    total_pages = serializers.IntegerField()
    current_page = serializers.IntegerField()
    page_size = serializers.IntegerField()


class ExecutionsBodySerializer(serializers.Serializer[Any]):
    executions = ListedBodySerializer(many=True)
    pagination = PaginationBodySerializer()


class NodesBodySerializer(serializers.Serializer[Any]):
    node_executions = NodeBodySerializer(many=True)
    has_more = serializers.BooleanField()
    next_after = serializers.IntegerField()


class OutputBodySerializer(serializers.Serializer[Any]):
    """One value that a node emitted."""

    seq = serializers.IntegerField()
    node_exec_id = serializers.UUIDField()
    node_id = serializers.UUIDField()
    node_name = serializers.CharField()
    output_index = serializers.IntegerField()
    name = serializers.CharField()
    data = serializers.JSONField(allow_null=True)  # type: ignore[assignment]
    created_at = serializers.DateTimeField()


class OutputsBodySerializer(serializers.Serializer[Any]):
    status = serializers.ChoiceField(choices=Status.values)
    outputs = OutputBodySerializer(many=True)
    has_more = serializers.BooleanField()
    next_after = serializers.IntegerField()


class StoppedBodySerializer(serializers.Serializer[Any]):
    """What became of one of those that were to stop. `status` is null for one that is not there."""

    id = serializers.UUIDField()
    outcome = serializers.ChoiceField(choices=["stopped", "stopping", "finished", "not_found"])
    status = serializers.ChoiceField(choices=Status.values, allow_null=True)


class ManyStoppedBodySerializer(serializers.Serializer[Any]):
    results = StoppedBodySerializer(many=True)
    has_more = serializers.BooleanField()


class EstimateBodySerializer(serializers.Serializer[Any]):
    """In credits."""

    low = serializers.IntegerField()
    high = serializers.IntegerField()
    history_mean = serializers.IntegerField(allow_null=True)
    history_count = serializers.IntegerField()
    problems = serializers.ListField(child=serializers.CharField())


class PriceBodySerializer(serializers.Serializer[Any]):
    """The first whose filter matches the inputs applies."""

    cost_amount = serializers.IntegerField()
    cost_filter = serializers.DictField(child=serializers.JSONField(allow_null=True))
    cost_type = serializers.CharField()
    cost_divisor = serializers.IntegerField()


class BlockBodySerializer(serializers.Serializer[Any]):
    """What nodes of this block can do."""

    id = serializers.CharField()
    name = serializers.CharField()
    description = serializers.CharField()
    categories = serializers.ListField(child=serializers.JSONField())
    contributors = serializers.ListField(child=serializers.JSONField())
    inputSchema = serializers.DictField(child=serializers.JSONField(allow_null=True))  # noqa: N815
    outputSchema = serializers.DictField(child=serializers.JSONField(allow_null=True))  # noqa: N815
    costs = PriceBodySerializer(many=True)
    staticOutput = serializers.BooleanField()  # noqa: N815
    uiType = serializers.CharField()  # noqa: N815


ExecutionPageSerializer = page_serializer(ListedBodySerializer)
