"""Executions over the API."""

from dataclasses import asdict
from typing import Any, cast
from uuid import UUID

from django.shortcuts import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import ApiKey, User
from executor.cancel import request_cancel
from executor.estimate import estimate
from executor.launch import launch
from executor.models import GraphExecution
from executor.serializers import EstimateSerializer, LaunchSerializer, PageSerializer, detailed_body, execution_body
from graphs.api import own_version


class ExecuteView(APIView):
    """Starting a graph: the version in the address, or the active one."""

    def post(self, request: Request, graph_id: UUID, number: int | None = None) -> Response:
        user = cast(User, request.user)
        version = own_version(user, graph_id, number)
        body = LaunchSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        api_key = request.auth if isinstance(request.auth, ApiKey) else None
        execution = launch(user, version, api_key=api_key, **body.validated_data)
        return Response(execution_body(execution), status=202)


class EstimateView(APIView):
    """What a graph may cost, before it runs."""

    def get(self, request: Request) -> Response:
        return self._answer(request, request.query_params)

    def post(self, request: Request) -> Response:
        """With inputs: what models read then counts as it is."""
        return self._answer(request, request.data)

    def _answer(self, request: Request, wish: Any) -> Response:
        body = EstimateSerializer(data=wish)
        body.is_valid(raise_exception=True)
        version = own_version(cast(User, request.user), body.validated_data["graph_id"], body.validated_data["version"])
        return Response(asdict(estimate(version, body.validated_data["inputs"])))


class ExecutionsView(APIView):
    """Everything the user has started, newest first."""

    def get(self, request: Request) -> Response:
        query = PageSerializer(data=request.query_params)
        query.is_valid(raise_exception=True)
        page, size = query.validated_data["page"], query.validated_data["page_size"]
        executions = GraphExecution.objects.for_user(cast(User, request.user)).roots().select_related("version")
        return Response([execution_body(execution) for execution in executions[(page - 1) * size : page * size]])


class ExecutionView(APIView):
    """One execution with its outputs and everything that ran in it."""

    def get(self, request: Request, graph_id: UUID, execution_id: UUID) -> Response:
        return Response(detailed_body(own_execution(request, graph_id, execution_id)))


class StopView(APIView):
    """Asking an execution to stop. Asking again changes nothing."""

    def post(self, request: Request, graph_id: UUID, execution_id: UUID) -> Response:
        execution = own_execution(request, graph_id, execution_id)
        return Response(execution_body(request_cancel(execution)))


def own_execution(request: Request, graph_id: UUID, execution_id: UUID) -> GraphExecution:
    """Raises Http404."""
    executions = GraphExecution.objects.for_user(cast(User, request.user)).select_related("version")
    return get_object_or_404(executions, id=execution_id, graph_id=graph_id)
