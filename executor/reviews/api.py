"""Reviews over the API."""

from typing import ClassVar, cast
from uuid import UUID

from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import User
from api.scopes import Scope
from api.views import ApiView
from executor.api.serializers import PageSerializer
from executor.models import GraphExecution
from executor.reviews.bodies import DecidedBodySerializer, ReviewBodySerializer
from executor.reviews.deciding import decide
from executor.reviews.listing import listed_bodies
from executor.reviews.models import Review, ReviewQuerySet
from executor.reviews.serializers import DecisionsSerializer, decided_body


class WaitingReviewsView(ApiView):
    """Everything that waits for the user, oldest first."""

    scopes: ClassVar = {"GET": (Scope.READ_RUN_REVIEW,)}

    @extend_schema(parameters=[PageSerializer], responses={200: ReviewBodySerializer(many=True)})
    def get(self, request: Request) -> Response:
        query = PageSerializer(data=request.query_params)
        query.is_valid(raise_exception=True)
        page, size = query.validated_data["page"], query.validated_data["page_size"]
        return Response(listed_bodies(_waiting(request)[(page - 1) * size : page * size]))


class ExecutionReviewsView(ApiView):
    """What waits in one execution and in everything inside it."""

    scopes: ClassVar = {"GET": (Scope.READ_RUN_REVIEW,)}

    @extend_schema(responses={200: ReviewBodySerializer(many=True)})
    def get(self, request: Request, execution_id: UUID) -> Response:
        executions = GraphExecution.objects.for_user(cast(User, request.user))
        execution = get_object_or_404(executions.only("id"), id=execution_id)
        return Response(listed_bodies(_waiting(request).inside(execution)))


class DecideView(ApiView):
    """Deciding reviews of one execution, all that are sent or none."""

    scopes: ClassVar = {"POST": (Scope.WRITE_RUN_REVIEW,)}
    problems: ClassVar = {"POST": (404,)}

    @extend_schema(request=DecisionsSerializer, responses={200: DecidedBodySerializer})
    def post(self, request: Request) -> Response:
        body = DecisionsSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        decided = decide(cast(User, request.user), body.decisions(), now=timezone.now())
        return Response(decided_body(decided))


def _waiting(request: Request) -> ReviewQuerySet:
    return Review.objects.for_user(cast(User, request.user)).waiting()
