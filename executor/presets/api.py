"""Presets over the API."""

from typing import Any, ClassVar, cast
from uuid import UUID

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import User
from api.scopes import Scope
from api.views import ApiView, Repeats
from executor.api.bodies import ExecutionBodySerializer
from executor.api.client_keys import asked_by
from executor.api.serializers import execution_body
from executor.launching.launch import launch
from executor.models import GraphExecution
from executor.presets.bodies import PresetBodySerializer, PresetsBodySerializer
from executor.presets.deleting import delete_presets
from executor.presets.listing import listed_bodies
from executor.presets.models import Preset
from executor.presets.saving import change_preset, make_preset, preset_from
from executor.presets.serializers import (
    NewPresetSerializer,
    PresetExecuteSerializer,
    PresetSerializer,
    PresetsPageSerializer,
    preset_body,
)
from graphs.api import own_version


class PresetsView(ApiView):
    """All presets of the user, the one changed last first."""

    scopes: ClassVar = {"GET": (Scope.READ_LIBRARY,), "POST": (Scope.WRITE_LIBRARY,)}
    problems: ClassVar = {"POST": (404,)}

    @extend_schema(parameters=[PresetsPageSerializer], responses={200: PresetsBodySerializer})
    def get(self, request: Request) -> Response:
        query = PresetsPageSerializer(data=request.query_params)
        query.is_valid(raise_exception=True)
        page, size = query.validated_data["page"], query.validated_data["page_size"]
        presets = Preset.objects.for_user(cast(User, request.user))
        if graph_id := query.validated_data["graph_id"]:
            presets = presets.filter(graph=graph_id)
        total = presets.count()
        pages = {"total_items": total, "total_pages": -(-total // size), "current_page": page, "page_size": size}
        return Response({"presets": listed_bodies(presets[(page - 1) * size : page * size]), "pagination": pages})

    @extend_schema(request=NewPresetSerializer, responses={201: PresetBodySerializer})
    def post(self, request: Request) -> Response:
        body = NewPresetSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        return Response(preset_body(_made(cast(User, request.user), dict(body.validated_data))), status=201)


class PresetView(ApiView):
    """One preset. Schedules and webhooks start executions with its inputs."""

    scopes: ClassVar = {
        "GET": (Scope.READ_LIBRARY,),
        "PATCH": (Scope.WRITE_LIBRARY, Scope.EXECUTE_GRAPH),
        "DELETE": (Scope.WRITE_LIBRARY,),
    }
    starts_later: ClassVar = ("PATCH",)

    @extend_schema(responses={200: PresetBodySerializer})
    def get(self, request: Request, preset_id: UUID) -> Response:
        return Response(preset_body(own_preset(request, preset_id)))

    @extend_schema(request=PresetSerializer, responses={200: PresetBodySerializer})
    def patch(self, request: Request, preset_id: UUID) -> Response:
        preset = own_preset(request, preset_id)
        body = PresetSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        changes = dict(body.validated_data)
        number = changes.pop("graph_version", None)
        if number:
            changes["version"] = own_version(cast(User, request.user), preset.graph_id, number)
        return Response(preset_body(change_preset(preset, **changes)))

    @extend_schema(responses={204: None})
    def delete(self, request: Request, preset_id: UUID) -> Response:
        delete_presets(Preset.objects.filter(pk=own_preset(request, preset_id).pk))
        return Response(status=204)


class PresetExecuteView(ApiView):
    """Starting a preset's version with its inputs, and with others laid over them."""

    scopes: ClassVar = {"POST": (Scope.EXECUTE_GRAPH,)}
    repeats = Repeats.BY_ITSELF
    problems: ClassVar = {"POST": (402, 503)}

    @extend_schema(request=PresetExecuteSerializer, responses={202: ExecutionBodySerializer})
    def post(self, request: Request, preset_id: UUID) -> Response:
        preset = own_preset(request, preset_id)
        body = PresetExecuteSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        wish = dict(body.validated_data)
        execution = launch(
            cast(User, request.user),
            preset.version,
            inputs=preset.inputs | wish.pop("inputs"),
            preset=preset,
            **wish,
            **asked_by(request),
        )
        return Response(execution_body(execution), status=202)


def own_preset(request: Request, preset_id: UUID) -> Preset:
    """Raises Http404."""
    presets = Preset.objects.for_user(cast(User, request.user)).select_related("version__graph")
    return get_object_or_404(presets, id=preset_id)


def preset_of_graph(user: User, preset_id: UUID | None, graph_id: UUID) -> Preset | None:
    """Raises Http404 for one of another graph or another user."""
    if preset_id is None:
        return None
    presets = Preset.objects.for_user(user).select_related("version__graph")
    return get_object_or_404(presets, id=preset_id, graph=graph_id)


def _made(user: User, wish: dict[str, Any]) -> Preset:
    execution_id, graph_id = wish.pop("graph_execution_id", None), wish.pop("graph_id", None)
    if execution_id is not None:
        executions = GraphExecution.objects.for_user(user).roots().select_related("version__graph", "user")
        return preset_from(get_object_or_404(executions, id=execution_id), **wish)
    version = own_version(user, graph_id, wish.pop("graph_version", None))
    return make_preset(user, version, **wish)
