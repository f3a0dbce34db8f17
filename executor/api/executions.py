"""Executions over the API: what there is, and stopping it."""

from typing import cast
from uuid import UUID

from django.shortcuts import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import User
from executor.api.serializers import PageSerializer, detailed_body, execution_body
from executor.models import GraphExecution
from executor.stopping.cancel import request_cancel


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
