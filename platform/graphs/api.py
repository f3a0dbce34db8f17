"""Graphs over the API."""

from typing import cast
from uuid import UUID

from django.shortcuts import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import User
from graphs.importing import import_graph
from graphs.models import Graph, GraphVersion
from graphs.serializers import GraphSerializer, ImportSerializer, graph_body


def own_version(user: User, graph_id: UUID, number: int | None = None) -> GraphVersion:
    """A version of this user's graph; the active one unless a number is given. Raises Http404."""
    graph = get_object_or_404(Graph.objects.for_user(user), id=graph_id)
    versions = graph.versions.select_related("graph")
    return get_object_or_404(versions, number=graph.active_version if number is None else number)


class GraphsView(APIView):
    """The user's graphs."""

    def get(self, request: Request) -> Response:
        graphs = Graph.objects.for_user(cast(User, request.user)).listed()
        return Response(GraphSerializer(graphs, many=True).data)

    def post(self, request: Request) -> Response:
        """Import an exported graph."""
        body = ImportSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        imported = import_graph(cast(User, request.user), body.validated_data["graph"])
        return Response(graph_body(imported.version) | {"report": imported.report.as_dict()}, status=201)


class GraphView(APIView):
    """One graph in its active version."""

    def get(self, request: Request, graph_id: UUID) -> Response:
        return Response(graph_body(own_version(cast(User, request.user), graph_id)))
