"""What an execution gave, in the shape of the AutoGPT Platform's external API."""

from typing import Any, ClassVar
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from api.scopes import Scope
from api.views import ApiView
from executor.api.bodies import ValuesField
from executor.api.executions import own_execution
from executor.statuses import Status
from executor.telling.portions import node_portion, results_portion
from executor.telling.room import Room

#: Node executions that one answer holds; `…/nodes` has them all.
NODES_MAX = 1000


class NodeResultSerializer(serializers.Serializer[Any]):
    node_id = serializers.UUIDField()
    input = serializers.DictField()
    output = ValuesField()


class ResultsBodySerializer(serializers.Serializer[Any]):
    """output: the values by name, once it is COMPLETED. has_more: there is more than had room here."""

    execution_id = serializers.UUIDField()
    status = serializers.ChoiceField(choices=Status.values)
    nodes = NodeResultSerializer(many=True)
    output = ValuesField(allow_null=True)
    has_more = serializers.BooleanField()


class ResultsView(ApiView):
    """The outputs of an execution and of its nodes."""

    scopes: ClassVar = {"GET": (Scope.READ_RUN,)}

    @extend_schema(responses={200: ResultsBodySerializer})
    def get(self, request: Request, graph_id: UUID, execution_id: UUID) -> Response:
        execution = own_execution(request, graph_id, execution_id)
        runs, has_more_nodes = node_portion(execution, limit=NODES_MAX)
        outputs, has_all = results_portion(execution, Room())
        return Response(
            {
                "execution_id": execution.id,
                "status": execution.status,
                "nodes": [_node(run) for run in runs],
                "output": outputs if execution.status == Status.COMPLETED else None,
                "has_more": has_more_nodes or not has_all,
            }
        )


def _node(run: dict[str, Any]) -> dict[str, Any]:
    return {"node_id": run["node_id"], "input": run["input_data"], "output": run["output_data"]}
