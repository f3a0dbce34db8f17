"""Schedules over the API."""

from datetime import UTC, datetime
from typing import Any, ClassVar, cast
from uuid import UUID

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import User
from api.scopes import Scope
from api.views import ApiView
from executor.api.serializers import PageSerializer
from executor.presets.api import preset_of_graph
from executor.schedules.bodies import (
    DeletedScheduleSerializer,
    ListedScheduleBodySerializer,
    NextTimesBodySerializer,
    OccurrenceBodySerializer,
    ScheduleBodySerializer,
)
from executor.schedules.deleting import delete_schedules
from executor.schedules.listing import listed_bodies
from executor.schedules.models import Schedule, ScheduleQuerySet
from executor.schedules.pausing import BY_HAND, pause, resume
from executor.schedules.scheduling import change_schedule, make_schedule
from executor.schedules.serializers import (
    CountSerializer,
    NewScheduleSerializer,
    ScheduleSerializer,
    next_times,
    occurrence_body,
    schedule_body,
)
from graphs.api import own_version
from graphs.models import Graph


class SchedulesView(ApiView):
    """All schedules of the user."""

    scopes: ClassVar = {"GET": (Scope.READ_SCHEDULE,)}

    @extend_schema(responses={200: ListedScheduleBodySerializer(many=True)})
    def get(self, request: Request) -> Response:
        return Response(listed_bodies(_own(request)))


class GraphSchedulesView(ApiView):
    """Those of one graph."""

    scopes: ClassVar = {"GET": (Scope.READ_SCHEDULE,), "POST": (Scope.WRITE_SCHEDULE, Scope.EXECUTE_GRAPH)}
    starts_later: ClassVar = ("POST",)

    @extend_schema(responses={200: ListedScheduleBodySerializer(many=True)})
    def get(self, request: Request, graph_id: UUID) -> Response:
        get_object_or_404(Graph.objects.for_user(cast(User, request.user)), id=graph_id)
        return Response(listed_bodies(_own(request).filter(graph=graph_id)))

    @extend_schema(request=NewScheduleSerializer, responses={201: ScheduleBodySerializer})
    def post(self, request: Request, graph_id: UUID) -> Response:
        user = cast(User, request.user)
        body = NewScheduleSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        wish: dict[str, Any] = dict(body.validated_data)
        version = own_version(user, graph_id, wish.pop("graph_version", None))
        preset = preset_of_graph(user, wish.pop("preset_id", None), graph_id)
        schedule = make_schedule(user, version, now=datetime.now(UTC), preset=preset, **wish)
        return Response(schedule_body(schedule), status=201)


class ScheduleView(ApiView):
    """One schedule."""

    scopes: ClassVar = {
        "GET": (Scope.READ_SCHEDULE,),
        "PATCH": (Scope.WRITE_SCHEDULE, Scope.EXECUTE_GRAPH),
        "DELETE": (Scope.WRITE_SCHEDULE,),
    }
    starts_later: ClassVar = ("PATCH",)

    @extend_schema(responses={200: ScheduleBodySerializer})
    def get(self, request: Request, schedule_id: UUID) -> Response:
        return Response(schedule_body(own_schedule(request, schedule_id)))

    @extend_schema(request=ScheduleSerializer(partial=True), responses={200: ScheduleBodySerializer})
    def patch(self, request: Request, schedule_id: UUID) -> Response:
        schedule = own_schedule(request, schedule_id)
        body = ScheduleSerializer(data=request.data, partial=True)
        body.is_valid(raise_exception=True)
        changes = dict(body.validated_data)
        if changes.get("timezone") == "":
            changes["timezone"] = schedule.user.timezone
        return Response(schedule_body(change_schedule(schedule, now=datetime.now(UTC), **changes)))

    @extend_schema(responses={200: DeletedScheduleSerializer})
    def delete(self, request: Request, schedule_id: UUID) -> Response:
        """Its executions stay, and go on."""
        delete_schedules(Schedule.objects.filter(pk=own_schedule(request, schedule_id).pk))
        return Response({"id": str(schedule_id)})


class PauseView(ApiView):
    """Holding a schedule."""

    scopes: ClassVar = {"POST": (Scope.WRITE_SCHEDULE,)}

    @extend_schema(request=None, responses={200: ScheduleBodySerializer})
    def post(self, request: Request, schedule_id: UUID) -> Response:
        pause(own_schedule(request, schedule_id).id, reason=BY_HAND)
        return Response(schedule_body(own_schedule(request, schedule_id)))


class ResumeView(ApiView):
    """Letting it go on. What became due in between does not start."""

    scopes: ClassVar = {"POST": (Scope.WRITE_SCHEDULE, Scope.EXECUTE_GRAPH)}
    starts_later: ClassVar = ("POST",)

    @extend_schema(request=None, responses={200: ScheduleBodySerializer})
    def post(self, request: Request, schedule_id: UUID) -> Response:
        resume(own_schedule(request, schedule_id), now=datetime.now(UTC))
        return Response(schedule_body(own_schedule(request, schedule_id)))


class NextTimesView(ApiView):
    """When it is due next."""

    scopes: ClassVar = {"GET": (Scope.READ_SCHEDULE,)}

    @extend_schema(parameters=[CountSerializer], responses={200: NextTimesBodySerializer})
    def get(self, request: Request, schedule_id: UUID) -> Response:
        query = CountSerializer(data=request.query_params)
        query.is_valid(raise_exception=True)
        schedule = own_schedule(request, schedule_id)
        return Response({"timezone": schedule.timezone, "times": next_times(schedule, query.validated_data["count"])})


class OccurrencesView(ApiView):
    """What became of the times that it was due, newest first."""

    scopes: ClassVar = {"GET": (Scope.READ_SCHEDULE,)}

    @extend_schema(parameters=[PageSerializer], responses={200: OccurrenceBodySerializer(many=True)})
    def get(self, request: Request, schedule_id: UUID) -> Response:
        query = PageSerializer(data=request.query_params)
        query.is_valid(raise_exception=True)
        page, size = query.validated_data["page"], query.validated_data["page_size"]
        found = own_schedule(request, schedule_id).occurrences.order_by("-due_at")[(page - 1) * size : page * size]
        return Response([occurrence_body(occurrence) for occurrence in found])


def own_schedule(request: Request, schedule_id: UUID) -> Schedule:
    """Raises Http404."""
    return get_object_or_404(_own(request).select_related("user", "preset", "version__graph"), id=schedule_id)


def _own(request: Request) -> ScheduleQuerySet:
    return Schedule.objects.for_user(cast(User, request.user))
