"""Executions over the API: what there is, stopping one, deleting one."""

from typing import ClassVar, cast
from uuid import UUID

from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import OpenApiResponse, PolymorphicProxySerializer, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import User
from api.paging import page_of
from api.scopes import Scope
from api.views import ApiView
from executor.api.bodies import (
    DetailedBodySerializer,
    ExecutionBodySerializer,
    ExecutionPageSerializer,
    ExecutionsBodySerializer,
    ListedBodySerializer,
)
from executor.api.detail import detailed_body
from executor.api.listing import AllExecutionsQuery, ExecutionsQuery, listed_bodies, part, wanted
from executor.api.serializers import execution_body
from executor.deleting.deleting import delete_execution
from executor.models import GraphExecution, GraphExecutionQuerySet
from executor.stopping.cancel import request_cancel
from graphs.models import Graph

#: What lists answer, for the schema: by page numbers, or by cursor.
PLAIN_OR_PAGE = PolymorphicProxySerializer(
    "Executions", [ListedBodySerializer(many=True), ExecutionPageSerializer()], None, many=False
)
PAGES = PolymorphicProxySerializer(
    "GraphExecutions", [ExecutionsBodySerializer(), ExecutionPageSerializer()], None, many=False
)


class ExecutionsView(ApiView):
    """Everything the user has started, newest first: a plain list, or with `cursor` or `limit` a page of one."""

    scopes: ClassVar = {"GET": (Scope.READ_RUN,)}

    @extend_schema(parameters=[AllExecutionsQuery], responses={200: PLAIN_OR_PAGE})
    def get(self, request: Request) -> Response:
        query = AllExecutionsQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        executions = wanted(own_executions(request), query.validated_data)
        if query.is_by_cursor:
            return _by_cursor(executions, query)
        return Response(listed_bodies(part(executions, query.validated_data)))


class GraphExecutionsView(ApiView):
    """Those of one graph."""

    scopes: ClassVar = {"GET": (Scope.READ_RUN,)}

    @extend_schema(parameters=[ExecutionsQuery], responses={200: PAGES})
    def get(self, request: Request, graph_id: UUID) -> Response:
        graph = get_object_or_404(Graph.objects.for_user(cast(User, request.user)), id=graph_id)
        query = ExecutionsQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        wish = query.validated_data
        executions = wanted(own_executions(request).filter(graph=graph), wish)
        if query.is_by_cursor:
            return _by_cursor(executions, query)
        total, size = executions.count(), wish["page_size"]
        pages = {"total_items": total, "total_pages": -(-total // size), "current_page": wish["page"]}
        bodies = listed_bodies(part(executions, wish))
        return Response({"executions": bodies, "pagination": pages | {"page_size": size}})


class ExecutionView(ApiView):
    """One execution with its outputs and what ran in it, as far as an answer has room for it."""

    scopes: ClassVar = {"GET": (Scope.READ_RUN,)}

    @extend_schema(responses={200: DetailedBodySerializer})
    def get(self, request: Request, graph_id: UUID, execution_id: UUID) -> Response:
        return Response(detailed_body(own_execution(request, graph_id, execution_id)))


class StopView(ApiView):
    """Asking an execution to stop. Asking again changes nothing."""

    scopes: ClassVar = {"POST": (Scope.WRITE_RUN,)}

    @extend_schema(request=None, responses={200: ExecutionBodySerializer})
    def post(self, request: Request, graph_id: UUID, execution_id: UUID) -> Response:
        execution = own_execution(request, graph_id, execution_id)
        return Response(execution_body(request_cancel(execution)))


class DeleteView(ApiView):
    """Deleting an execution that has ended, with everything that it has said. The ledger stays as it is."""

    scopes: ClassVar = {"DELETE": (Scope.WRITE_RUN,)}
    problems: ClassVar = {"DELETE": (409,)}

    @extend_schema(responses={204: OpenApiResponse(description="It is not found any more.")})
    def delete(self, request: Request, execution_id: UUID) -> Response:
        delete_execution(get_object_or_404(own_executions(request), id=execution_id), now=timezone.now())
        return Response(status=204)


def own_executions(request: Request) -> GraphExecutionQuerySet:
    return GraphExecution.objects.for_user(cast(User, request.user))


def own_execution(request: Request, graph_id: UUID, execution_id: UUID) -> GraphExecution:
    """Raises Http404."""
    executions = own_executions(request).select_related("version")
    return get_object_or_404(executions, id=execution_id, graph_id=graph_id)


def _by_cursor(executions: GraphExecutionQuerySet, query: ExecutionsQuery) -> Response:
    page = page_of(executions, query.validated_data)
    return Response({"items": listed_bodies(page.items), "next_cursor": page.next_cursor})
