"""Starting executions over the API."""

from dataclasses import asdict
from typing import Any, ClassVar, cast
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import User
from api.scopes import Scope
from api.views import ApiView, Repeats
from executor.api.bodies import EstimateBodySerializer, ExecutionBodySerializer
from executor.api.client_keys import asked_by
from executor.api.executions import own_execution
from executor.api.serializers import (
    AgainSerializer,
    EstimateSerializer,
    LaunchSerializer,
    RetrySerializer,
    execution_body,
)
from executor.launching.again import retry, run_again
from executor.launching.credentials import with_credentials
from executor.launching.estimate import estimate
from executor.launching.launch import launch
from executor.presets.api import preset_of_graph
from graphs.api import own_version

#: What may stand in the way of a start, beside what may go wrong with any request.
STARTING = {"POST": (402, 503)}


class ExecuteView(ApiView):
    """Starting a graph: the version in the address, or that of the preset, or the active one."""

    scopes: ClassVar = {"POST": (Scope.EXECUTE_GRAPH,)}
    repeats = Repeats.BY_ITSELF
    problems: ClassVar = STARTING

    @extend_schema(request=LaunchSerializer, responses={202: ExecutionBodySerializer})
    def post(self, request: Request, graph_id: UUID, number: int | None = None) -> Response:
        user = cast(User, request.user)
        own_version(user, graph_id)
        body = LaunchSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        wish = dict(body.validated_data)
        preset = preset_of_graph(user, wish.pop("preset_id"), graph_id)
        if preset is not None:
            number, wish["inputs"] = number or preset.version.number, preset.inputs | wish["inputs"]
        version = own_version(user, graph_id, number)
        if credentials := wish.pop("credentials_inputs"):
            wish["input_masks"] = with_credentials(version, wish["input_masks"], credentials)
        execution = launch(user, version, preset=preset, **wish, **asked_by(request))
        return Response(execution_body(execution), status=202)


class RetryView(ApiView):
    """Running again what failed in a finished execution, and what comes after it."""

    scopes: ClassVar = {"POST": (Scope.EXECUTE_GRAPH,)}
    repeats = Repeats.BY_ITSELF
    problems: ClassVar = STARTING

    @extend_schema(request=RetrySerializer, responses={202: ExecutionBodySerializer})
    def post(self, request: Request, graph_id: UUID, execution_id: UUID) -> Response:
        execution = own_execution(request, graph_id, execution_id)
        body = RetrySerializer(data=request.data)
        body.is_valid(raise_exception=True)
        return Response(execution_body(retry(execution, **body.validated_data, **asked_by(request))), status=202)


class AgainView(ApiView):
    """Running a finished execution again: all of it, or from one node on."""

    scopes: ClassVar = {"POST": (Scope.EXECUTE_GRAPH,)}
    repeats = Repeats.BY_ITSELF
    problems: ClassVar = STARTING

    @extend_schema(request=AgainSerializer, responses={202: ExecutionBodySerializer})
    def post(self, request: Request, graph_id: UUID, execution_id: UUID) -> Response:
        execution = own_execution(request, graph_id, execution_id)
        body = AgainSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        return Response(execution_body(run_again(execution, **body.validated_data, **asked_by(request))), status=202)


class EstimateView(ApiView):
    """What a graph may cost, before it runs."""

    scopes: ClassVar = {"GET": (Scope.READ_GRAPH,), "POST": (Scope.READ_GRAPH,)}
    problems: ClassVar = {"GET": (404,), "POST": (404,)}

    @extend_schema(parameters=[EstimateSerializer], responses={200: EstimateBodySerializer})
    def get(self, request: Request) -> Response:
        return self._answer(request, request.query_params)

    @extend_schema(request=EstimateSerializer, responses={200: EstimateBodySerializer})
    def post(self, request: Request) -> Response:
        """With inputs: what models read then counts as it is."""
        return self._answer(request, request.data)

    def _answer(self, request: Request, wish: Any) -> Response:
        body = EstimateSerializer(data=wish)
        body.is_valid(raise_exception=True)
        version = own_version(cast(User, request.user), body.validated_data["graph_id"], body.validated_data["version"])
        return Response(asdict(estimate(version, body.validated_data["inputs"])))
