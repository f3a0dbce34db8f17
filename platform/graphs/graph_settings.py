"""What holds for all executions of a graph, over the API: whether they ask their owner, and what they may take.

The names of the former are those of the AutoGPT Platform.
"""

from typing import Any, ClassVar, cast
from uuid import UUID

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import User
from api.scopes import Scope
from api.views import ApiView
from graphs.changing import change
from graphs.models import Graph

#: The highest ceilings that a graph may be given: credits, seconds (a day), executions.
MAX_COST = 1_000_000_000
MAX_SECONDS = 24 * 3600
MAX_RUNNING = 10_000


class GraphSettingsSerializer(serializers.ModelSerializer[Graph]):
    """What is not given stays as it is. Ceilings: null for none; those of the installation hold beside them."""

    human_in_the_loop_safe_mode = serializers.BooleanField(source="human_review", required=False)
    sensitive_action_safe_mode = serializers.BooleanField(source="sensitive_review", required=False)
    max_cost = serializers.IntegerField(min_value=1, max_value=MAX_COST, allow_null=True, required=False)
    max_seconds = serializers.IntegerField(min_value=1, max_value=MAX_SECONDS, allow_null=True, required=False)
    max_running = serializers.IntegerField(min_value=1, max_value=MAX_RUNNING, allow_null=True, required=False)

    class Meta:
        model = Graph
        fields = ("human_in_the_loop_safe_mode", "sensitive_action_safe_mode", "max_cost", "max_seconds", "max_running")


class GraphSettingsBodySerializer(serializers.Serializer[Any]):
    """As the API shows them, for its schema."""

    human_in_the_loop_safe_mode = serializers.BooleanField()
    sensitive_action_safe_mode = serializers.BooleanField()
    max_cost = serializers.IntegerField(allow_null=True)
    max_seconds = serializers.IntegerField(allow_null=True)
    max_running = serializers.IntegerField(allow_null=True)


class GraphSettingsView(ApiView):
    """They hold for executions that are started from now on; max_running also for those that wait."""

    scopes: ClassVar = {"GET": (Scope.READ_GRAPH,), "PATCH": (Scope.WRITE_GRAPH,)}

    @extend_schema(responses={200: GraphSettingsBodySerializer})
    def get(self, request: Request, graph_id: UUID) -> Response:
        return Response(self._answer(_own(request, graph_id)))

    @extend_schema(request=GraphSettingsSerializer, responses={200: GraphSettingsBodySerializer})
    def patch(self, request: Request, graph_id: UUID) -> Response:
        graph = _own(request, graph_id)
        body = GraphSettingsSerializer(data=request.data, partial=True)
        body.is_valid(raise_exception=True)
        change(graph, **body.validated_data)
        return Response(self._answer(graph))

    def _answer(self, graph: Graph) -> dict[str, Any]:
        return GraphSettingsSerializer(graph).data


def _own(request: Request, graph_id: UUID) -> Graph:
    """Raises Http404."""
    return get_object_or_404(Graph.objects.for_user(cast(User, request.user)), id=graph_id)
