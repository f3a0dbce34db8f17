"""Deleting graphs over the API; all else about them is in `graphs.api`."""

from typing import Any, ClassVar, cast
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import User
from api.scopes import Scope
from executor.graph_deletion import delete_graph
from graphs import api as graphs_api
from graphs.bodies import DeletedGraphSerializer


class DeletionQuery(serializers.Serializer[Any]):
    """force: also if other graphs run it."""

    force = serializers.BooleanField(default=False)


class GraphView(graphs_api.GraphView):
    """One graph."""

    scopes: ClassVar = {**graphs_api.GraphView.scopes, "DELETE": (Scope.WRITE_GRAPH,)}
    problems: ClassVar = {**graphs_api.GraphView.problems, "DELETE": (409,)}

    @extend_schema(parameters=[DeletionQuery], responses={200: DeletedGraphSerializer})
    def delete(self, request: Request, graph_id: UUID) -> Response:
        """Delete it and what starts it, and stop its executions, which can still be read."""
        graph = graphs_api.own_graph(cast(User, request.user), graph_id)
        query = DeletionQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        return Response({"version_counts": delete_graph(graph, even_if_used=query.validated_data["force"])})
