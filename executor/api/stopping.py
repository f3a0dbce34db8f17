"""Stopping many executions over the API."""

from typing import Any, ClassVar, cast
from uuid import UUID

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import User
from api.scopes import Scope
from api.views import ApiView, Repeats
from executor.api.bodies import ManyStoppedBodySerializer
from executor.api.executions import own_executions
from executor.models import GraphExecution, GraphExecutionQuerySet
from executor.statuses import TERMINAL, Status
from executor.stopping.cancel import request_cancel_all
from graphs.models import Graph

#: Executions that a request names, and that an answer tells of.
MANY = 500


class StopManySerializer(serializers.Serializer[Any]):
    """Either the executions, or a graph: then all of its that have not ended."""

    ids = serializers.ListField(child=serializers.UUIDField(), min_length=1, max_length=MANY, required=False)
    graph_id = serializers.UUIDField(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("ids" in attrs) == ("graph_id" in attrs):
            raise serializers.ValidationError({"ids": "Either ids or graph_id is required."})
        return attrs


class StopManyView(ApiView):
    """Asking many executions to stop. The answer says of each what became of it; asking again changes nothing."""

    scopes: ClassVar = {"POST": (Scope.WRITE_RUN,)}
    #: Each ends in a transaction of its own: workers must not wait for all of them.
    repeats = Repeats.CLAIMED
    problems: ClassVar = {"POST": (404,)}

    @extend_schema(request=StopManySerializer, responses={200: ManyStoppedBodySerializer})
    def post(self, request: Request) -> Response:
        body = StopManySerializer(data=request.data)
        body.is_valid(raise_exception=True)
        if "ids" in body.validated_data:
            wanted, has_more = list(dict.fromkeys(body.validated_data["ids"])), False
        else:
            wanted, has_more = _of_graph(request, body.validated_data["graph_id"])
        return Response({"results": _stopped(own_executions(request), wanted), "has_more": has_more})


def _of_graph(request: Request, graph_id: UUID) -> tuple[list[UUID], bool]:
    """The oldest that have not ended, and whether there are more."""
    graph = get_object_or_404(Graph.objects.for_user(cast(User, request.user)), id=graph_id)
    running = own_executions(request).filter(graph=graph).roots().active().order_by("created_at", "pk")
    found = list(running.values_list("id", flat=True)[: MANY + 1])
    return found[:MANY], len(found) > MANY


def _stopped(own: GraphExecutionQuerySet, wanted: list[UUID]) -> list[dict[str, Any]]:
    """Ask those that there are. A sub-graph stops with its root."""
    before = {id: (root_id, status) for id, root_id, status in _rows(own, wanted)}
    roots = {root_id or id for id, (root_id, _) in before.items()}
    request_cancel_all(GraphExecution.objects.filter(id__in=roots))
    after = {id: status for id, _, status in _rows(own, wanted)}
    return [_result(id, before.get(id, (None, None))[1], after.get(id)) for id in wanted]


def _rows(own: GraphExecutionQuerySet, wanted: list[UUID]) -> list[tuple[UUID, UUID | None, str]]:
    return list(own.filter(id__in=wanted).order_by().values_list("id", "root_id", "status"))


def _result(id: UUID, before: str | None, after: str | None) -> dict[str, Any]:
    return {"id": id, "outcome": _outcome(before, after), "status": after}


def _outcome(before: str | None, after: str | None) -> str:
    if before is None or after is None:
        return "not_found"
    if before in TERMINAL:
        return "finished"
    return "stopped" if after == Status.TERMINATED else "finished" if after in TERMINAL else "stopping"
