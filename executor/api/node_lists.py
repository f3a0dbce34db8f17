"""What ran in an execution and what it emitted, bit by bit."""

from typing import Any, ClassVar
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from api.scopes import Scope
from api.views import ApiView
from executor.api.bodies import NodesBodySerializer, OutputsBodySerializer
from executor.api.executions import own_execution
from executor.statuses import Status
from executor.telling.portions import node_portion, output_portion

LIMIT, LIMIT_MAX = 100, 1000


class NodesQuery(serializers.Serializer[Any]):
    """after: the number of the last node execution that was seen."""

    after = serializers.IntegerField(min_value=0, max_value=2**31 - 1, default=0)
    limit = serializers.IntegerField(min_value=1, max_value=LIMIT_MAX, default=LIMIT)
    status = serializers.MultipleChoiceField(choices=Status.values, default=set)
    node_id = serializers.UUIDField(required=False)


class OutputsQuery(serializers.Serializer[Any]):
    """after: the seq of the last value that was seen."""

    after = serializers.IntegerField(min_value=0, max_value=2**63 - 1, default=0)
    limit = serializers.IntegerField(min_value=1, max_value=LIMIT_MAX, default=LIMIT)


class NodesView(ApiView):
    """The node executions of an execution, in the order in which it made them."""

    scopes: ClassVar = {"GET": (Scope.READ_RUN,)}

    @extend_schema(parameters=[NodesQuery], responses={200: NodesBodySerializer})
    def get(self, request: Request, graph_id: UUID, execution_id: UUID) -> Response:
        execution = own_execution(request, graph_id, execution_id)
        query = NodesQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        wish = query.validated_data
        only = {lookup: wish[name] for lookup, name in _ONLY.items() if wish.get(name)}
        runs, has_more = node_portion(execution, after=wish["after"], limit=wish["limit"], only=only)
        shown = [{name: value for name, value in run.items() if name != "event_type"} for run in runs]
        last = runs[-1]["number"] if runs else wish["after"]
        return Response({"node_executions": shown, "has_more": has_more, "next_after": last})


class OutputsView(ApiView):
    """What its nodes have emitted so far, in that order. While it runs, `next_after` is where to go on later."""

    scopes: ClassVar = {"GET": (Scope.READ_RUN,)}

    @extend_schema(parameters=[OutputsQuery], responses={200: OutputsBodySerializer})
    def get(self, request: Request, graph_id: UUID, execution_id: UUID) -> Response:
        execution = own_execution(request, graph_id, execution_id)
        query = OutputsQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        found, has_more = output_portion(execution, **query.validated_data)
        last = found[-1]["seq"] if found else query.validated_data["after"]
        return Response({"status": execution.status, "outputs": found, "has_more": has_more, "next_after": last})


_ONLY = {"status__in": "status", "node": "node_id"}
