"""The shapes of what the API says of graphs, for its schema."""

from typing import Any

from rest_framework import serializers

from api.paging import page_serializer
from graphs.serializers import GraphSerializer


class LinkBodySerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    source_id = serializers.UUIDField()
    sink_id = serializers.UUIDField()
    source_name = serializers.CharField()
    sink_name = serializers.CharField()
    is_static = serializers.BooleanField()


class NodeBodySerializer(serializers.Serializer[Any]):
    """input_links, output_links: those of the graph that end and begin here. A file has the first four keys only."""

    id = serializers.UUIDField()
    block_id = serializers.CharField()
    input_default = serializers.DictField()
    metadata = serializers.DictField()
    graph_id = serializers.CharField(required=False)
    graph_version = serializers.IntegerField(required=False)
    input_links = LinkBodySerializer(many=True, required=False)
    output_links = LinkBodySerializer(many=True, required=False)
    webhook_id = serializers.CharField(allow_null=True, required=False)
    webhook = serializers.DictField(allow_null=True, required=False)


class TriggerSetupInfoSerializer(serializers.Serializer[Any]):
    """config_schema: what the `config` of a webhook may give."""

    provider = serializers.CharField()
    config_schema = serializers.DictField()
    credentials_input_name = serializers.CharField(allow_null=True)


class SubGraphBodySerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    version = serializers.IntegerField()
    is_active = serializers.BooleanField()
    name = serializers.CharField()
    description = serializers.CharField(allow_blank=True)
    nodes = NodeBodySerializer(many=True)
    links = LinkBodySerializer(many=True)
    input_schema = serializers.DictField()
    output_schema = serializers.DictField()
    has_external_trigger = serializers.BooleanField()
    has_human_in_the_loop = serializers.BooleanField()
    has_sensitive_action = serializers.BooleanField()
    trigger_setup_info = TriggerSetupInfoSerializer(allow_null=True, required=False)


class GraphBodySerializer(SubGraphBodySerializer):
    """Keys of an imported file that mean nothing here stand beside these. As a file, it has no owner and no time."""

    user_id = serializers.CharField(allow_blank=True)
    created_at = serializers.DateTimeField(required=False)
    credentials_input_schema = serializers.DictField()
    sub_graphs = SubGraphBodySerializer(many=True)


class SavedGraphBodySerializer(GraphBodySerializer):
    """report: what was done to what was sent."""

    report = serializers.DictField()


class DeletedGraphSerializer(serializers.Serializer[Any]):
    """version_counts: how many versions it had."""

    version_counts = serializers.IntegerField()


GraphsPageSerializer = page_serializer(GraphSerializer)
