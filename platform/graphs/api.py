"""Graphs over the API. Deleting them is for those who know what they have started: see executor/api/graphs.py."""

from operator import attrgetter
from typing import ClassVar, cast
from uuid import UUID

from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, PolymorphicProxySerializer, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import User
from api.paging import LIMIT_MAX, Page, page_of
from api.scopes import Scope
from api.views import ApiView
from graphs.bodies import GraphBodySerializer, GraphsPageSerializer, SavedGraphBodySerializer
from graphs.editing import save_edited
from graphs.exporting import export_graph
from graphs.importing import import_graph
from graphs.matching import HEADER, etag, expected_version
from graphs.models import Graph, GraphVersion
from graphs.report import ImportReport
from graphs.saving import activate
from graphs.serializers import (
    ActiveVersionSerializer,
    GraphQuery,
    GraphSerializer,
    GraphsQuery,
    ImportSerializer,
    VersionQuery,
    VersionsQuery,
    graph_body,
    version_bodies,
)
from reliability.errors import InvalidInput

LINES = PolymorphicProxySerializer("Graphs", [GraphSerializer(many=True), GraphsPageSerializer()], None, many=False)
IF_MATCH = OpenApiParameter(
    HEADER, str, OpenApiParameter.HEADER, description="The version that must be the active one."
)


def own_graph(user: User, graph_id: UUID) -> Graph:
    """Raises Http404."""
    return get_object_or_404(Graph.objects.for_user(user), id=graph_id)


def own_version(user: User, graph_id: UUID, number: int | None = None) -> GraphVersion:
    """A version of this user's graph; the active one unless a number is given. Raises Http404."""
    graph = own_graph(user, graph_id)
    versions = graph.versions.select_related("graph")
    return get_object_or_404(versions, number=graph.active_version if number is None else number)


class GraphsView(ApiView):
    """The user's graphs."""

    scopes: ClassVar = {"GET": (Scope.READ_GRAPH,), "POST": (Scope.WRITE_GRAPH,)}

    @extend_schema(parameters=[GraphsQuery], responses={200: LINES})
    def get(self, request: Request) -> Response:
        """The newest 100 by name, or, with `limit` or `cursor`, page by page with the newest first.

        If there are more than those 100, the header `Link` names the address where they go on, page by page.
        """
        query = GraphsQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        graphs = Graph.objects.for_user(cast(User, request.user)).listed()
        if not query.asks_for_pages:
            return _by_name(page_of(graphs, query.validated_data | {"limit": LIMIT_MAX}))
        return Response(page_of(graphs, query.validated_data).body(lambda graph: GraphSerializer(graph).data))

    @extend_schema(request=ImportSerializer, responses={201: SavedGraphBodySerializer})
    def post(self, request: Request) -> Response:
        """Import an exported graph, or make a new one."""
        body = ImportSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        imported = import_graph(cast(User, request.user), body.validated_data["graph"])
        return _shown(imported.version, status=201, report=imported.report)


class GraphView(ApiView):
    """One graph."""

    scopes: ClassVar = {"GET": (Scope.READ_GRAPH,), "PUT": (Scope.WRITE_GRAPH,)}
    problems: ClassVar = {"PUT": (409,)}

    @extend_schema(parameters=[GraphQuery], responses={200: GraphBodySerializer})
    def get(self, request: Request, graph_id: UUID) -> Response:
        """Its active version, or another one; as its owner sees it, or as a file for others."""
        query = GraphQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        version = own_version(cast(User, request.user), graph_id, query.validated_data["version"])
        return _shown(version, for_export=query.validated_data["for_export"])

    @extend_schema(parameters=[IF_MATCH], request=OpenApiTypes.OBJECT, responses={200: SavedGraphBodySerializer})
    def put(self, request: Request, graph_id: UUID) -> Response:
        """Save a new version, which becomes the active one. A `version` in it must be the active one until then."""
        graph = own_graph(cast(User, request.user), graph_id)
        if not isinstance(request.data, dict):
            raise InvalidInput("The body must be a graph: an object with the keys name, nodes and links.")
        saved = save_edited(graph, request.data, expected=expected_version(request))
        return _shown(saved.version, report=saved.report)


class VersionsView(ApiView):
    """The versions of a graph, the newest first."""

    scopes: ClassVar = {"GET": (Scope.READ_GRAPH,)}

    @extend_schema(parameters=[VersionsQuery], responses={200: GraphBodySerializer(many=True)})
    def get(self, request: Request, graph_id: UUID) -> Response:
        """Without the graphs that they run inside themselves."""
        graph = own_graph(cast(User, request.user), graph_id)
        query = VersionsQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        page, size = query.validated_data["page"], query.validated_data["page_size"]
        versions = graph.versions.select_related("graph").order_by("-number")
        return Response(version_bodies(list(versions[(page - 1) * size : page * size])))


class VersionView(ApiView):
    """One version of a graph."""

    scopes: ClassVar = {"GET": (Scope.READ_GRAPH,)}

    @extend_schema(parameters=[VersionQuery], responses={200: GraphBodySerializer})
    def get(self, request: Request, graph_id: UUID, number: int) -> Response:
        query = VersionQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        version = own_version(cast(User, request.user), graph_id, number)
        return _shown(version, for_export=query.validated_data["for_export"])


class ActiveVersionView(ApiView):
    """The version that runs when none is asked for."""

    scopes: ClassVar = {"PUT": (Scope.WRITE_GRAPH,)}

    @extend_schema(request=ActiveVersionSerializer, responses={200: GraphBodySerializer})
    def put(self, request: Request, graph_id: UUID) -> Response:
        user = cast(User, request.user)
        own_graph(user, graph_id)
        body = ActiveVersionSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        version = own_version(user, graph_id, body.validated_data["active_graph_version"])
        activate(version)
        return _shown(version)


def _by_name(page: Page[Graph]) -> Response:
    lines = GraphSerializer(sorted(page.items, key=attrgetter("name", "created_at")), many=True).data
    rest = f"/api/v1/graphs?limit={LIMIT_MAX}&cursor={page.next_cursor}"
    return Response(lines, headers={"Link": f'<{rest}>; rel="next"'} if page.next_cursor else None)


def _shown(
    version: GraphVersion, *, status: int = 200, report: ImportReport | None = None, for_export: bool = False
) -> Response:
    body = export_graph(version) if for_export else graph_body(version)
    told = {"report": report.as_dict()} if report is not None else {}
    return Response(body | told, status=status, headers={"ETag": etag(version)})
