"""Reviews over the API."""

from typing import cast
from uuid import UUID

from django.shortcuts import get_object_or_404
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import User
from executor.api.serializers import PageSerializer
from executor.models import GraphExecution
from executor.reviews.deciding import decide
from executor.reviews.models import Review, ReviewQuerySet
from executor.reviews.serializers import DecisionsSerializer, decided_body, review_body


class WaitingReviewsView(APIView):
    """Everything that waits for the user, oldest first."""

    def get(self, request: Request) -> Response:
        query = PageSerializer(data=request.query_params)
        query.is_valid(raise_exception=True)
        page, size = query.validated_data["page"], query.validated_data["page_size"]
        reviews = _waiting(request)[(page - 1) * size : page * size]
        return Response([review_body(review) for review in reviews])


class ExecutionReviewsView(APIView):
    """What waits in one execution and in everything inside it."""

    def get(self, request: Request, execution_id: UUID) -> Response:
        executions = GraphExecution.objects.for_user(cast(User, request.user))
        execution = get_object_or_404(executions, id=execution_id)
        return Response([review_body(review) for review in _waiting(request).inside(execution)])


class DecideView(APIView):
    """Deciding reviews of one execution, all that are sent or none."""

    def post(self, request: Request) -> Response:
        body = DecisionsSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        decided = decide(cast(User, request.user), body.decisions(), now=timezone.now())
        return Response(decided_body(decided))


def _waiting(request: Request) -> ReviewQuerySet:
    reviews = Review.objects.for_user(cast(User, request.user)).waiting()
    return reviews.select_related("node_execution", "execution__version")
