"""What is said of shared executions, in the shapes of the AutoGPT Platform."""

from collections.abc import Callable
from typing import Any

from rest_framework import serializers

from executor.api.bodies import ValuesField
from executor.models import GraphExecution
from executor.sharing.files import id_of, name_of, references, shown
from executor.statuses import Status
from executor.telling.payloads import Payload
from executor.telling.portions import results_portion
from executor.telling.room import Room


class ShareBodySerializer(serializers.Serializer[Any]):
    """Both are null while it is not shared."""

    share_url = serializers.CharField(allow_null=True)
    share_token = serializers.CharField(allow_null=True)


class SharedFileBodySerializer(serializers.Serializer[Any]):
    id = serializers.CharField()
    name = serializers.CharField()
    download_url = serializers.CharField()


class SharedBodySerializer(serializers.Serializer[Any]):
    """Nothing of the owner, no inputs, nothing of what happened in between."""

    id = serializers.UUIDField()
    graph_name = serializers.CharField()
    graph_description = serializers.CharField()
    status = serializers.ChoiceField(choices=Status.values)
    created_at = serializers.DateTimeField()
    ended_at = serializers.DateTimeField(allow_null=True)
    outputs = ValuesField()
    has_all_outputs = serializers.BooleanField()
    files = SharedFileBodySerializer(many=True)


def share_body(token: str | None, address: Callable[[str], str]) -> Payload:
    """address: of the page for a token."""
    return {"share_url": address(token) if token else None, "share_token": token}


def shared_body(execution: GraphExecution, address: Callable[[str], str]) -> Payload:
    """Needs `version` and `graph` selected. address: for downloading the file of an id."""
    outputs, is_whole = results_portion(execution, Room())
    files = {id_of(reference): name_of(reference) for reference in references(outputs)}
    return {
        "id": execution.id,
        "graph_name": execution.version.name or execution.graph.name,
        "graph_description": execution.version.description,
        "status": execution.status,
        "created_at": execution.created_at,
        "ended_at": execution.ended_at,
        "outputs": shown(outputs, address),
        "has_all_outputs": is_whole,
        "files": [{"id": id, "name": name, "download_url": address(id)} for id, name in files.items()],
    }
