"""Endpoints over the API, and the log of what was delivered to them."""

from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar, cast
from uuid import UUID

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import User
from api.paging import page_of
from api.scopes import Scope
from api.views import ApiView
from graphs.models import Graph
from notifications.bodies import (
    DeletedEndpointSerializer,
    DeliveryBodySerializer,
    DeliveryPageSerializer,
    EndpointBodySerializer,
    ShownEndpointSerializer,
)
from notifications.deliveries.resending import resend
from notifications.endpoints.making import change_endpoint, make_endpoint, remove_endpoint
from notifications.endpoints.secrets import give_secret
from notifications.endpoints.testing import send_test
from notifications.models import Delivery, Endpoint
from notifications.serializers import (
    ChangedEndpointSerializer,
    DeliveriesQuery,
    NewEndpointSerializer,
    NewSecretSerializer,
    delivery_body,
    endpoint_body,
)

#: For answers that carry a secret.
UNSTORED = {"Cache-Control": "no-store"}


class EndpointsView(ApiView):
    """Addresses that are told when an execution ends, or waits for a person."""

    scopes: ClassVar = {"GET": (Scope.READ_WEBHOOKS,), "POST": (Scope.WRITE_WEBHOOKS, Scope.READ_RUN)}
    problems: ClassVar = {"POST": (404,)}

    @extend_schema(responses={200: EndpointBodySerializer(many=True)})
    def get(self, request: Request) -> Response:
        return Response([endpoint_body(endpoint) for endpoint in _own(request)])

    @extend_schema(request=NewEndpointSerializer, responses={201: ShownEndpointSerializer})
    def post(self, request: Request) -> Response:
        """The answer alone carries the secret."""
        body = NewEndpointSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        wish: dict[str, Any] = body.validated_data
        graph = _own_graph(request, wish["graph_id"])
        user = cast(User, request.user)
        endpoint, secret = make_endpoint(user, url=wish["url"], kinds=wish["events"], graph=graph)
        return Response(endpoint_body(endpoint) | {"secret": secret.reveal()}, status=201, headers=UNSTORED)


class EndpointView(ApiView):
    """One endpoint."""

    scopes: ClassVar = {
        "GET": (Scope.READ_WEBHOOKS,),
        "PATCH": (Scope.WRITE_WEBHOOKS, Scope.READ_RUN),
        "DELETE": (Scope.WRITE_WEBHOOKS,),
    }

    @extend_schema(responses={200: EndpointBodySerializer})
    def get(self, request: Request, endpoint_id: UUID) -> Response:
        return Response(endpoint_body(_own_endpoint(request, endpoint_id)))

    @extend_schema(request=ChangedEndpointSerializer, responses={200: EndpointBodySerializer})
    def patch(self, request: Request, endpoint_id: UUID) -> Response:
        endpoint = _own_endpoint(request, endpoint_id)
        body = ChangedEndpointSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        wish: dict[str, Any] = body.validated_data
        changes: dict[str, Any] = {name: wish[name] for name in ("url", "is_enabled") if name in wish}
        if "events" in wish:
            changes["kinds"] = wish["events"]
        if "graph_id" in wish:
            changes["graph"] = _own_graph(request, wish["graph_id"])
        change_endpoint(endpoint, changes)
        return Response(endpoint_body(_own_endpoint(request, endpoint_id)))

    @extend_schema(responses={200: DeletedEndpointSerializer})
    def delete(self, request: Request, endpoint_id: UUID) -> Response:
        """With its log."""
        remove_endpoint(_own_endpoint(request, endpoint_id))
        return Response({"id": str(endpoint_id)})


class EndpointSecretView(ApiView):
    """A new secret; the former signs beside it for a while."""

    scopes: ClassVar = {"POST": (Scope.WRITE_WEBHOOKS,)}

    @extend_schema(request=NewSecretSerializer, responses={200: ShownEndpointSerializer})
    def post(self, request: Request, endpoint_id: UUID) -> Response:
        endpoint = _own_endpoint(request, endpoint_id)
        body = NewSecretSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        overlap = timedelta(seconds=body.validated_data["overlap_seconds"])
        secret = give_secret(endpoint, overlap=overlap, now=datetime.now(UTC))
        return Response(endpoint_body(endpoint) | {"secret": secret.reveal()}, headers=UNSTORED)


class EndpointTestView(ApiView):
    """Something to receive. What came of it is in the log, a moment later."""

    scopes: ClassVar = {"POST": (Scope.WRITE_WEBHOOKS,)}
    problems: ClassVar = {"POST": (409,)}

    @extend_schema(request=None, responses={202: DeliveryBodySerializer})
    def post(self, request: Request, endpoint_id: UUID) -> Response:
        return Response(delivery_body(send_test(_own_endpoint(request, endpoint_id))), status=202)


class DeliveriesView(ApiView):
    """The log of an endpoint, newest first."""

    scopes: ClassVar = {"GET": (Scope.READ_WEBHOOKS,)}

    @extend_schema(parameters=[DeliveriesQuery], responses={200: DeliveryPageSerializer})
    def get(self, request: Request, endpoint_id: UUID) -> Response:
        query = DeliveriesQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        wish: dict[str, Any] = query.validated_data
        lookups = {"status__in": "status", "notice__kind__in": "event", "notice__execution_id": "execution_id"}
        given = {lookup: wish[name] for lookup, name in lookups.items() if wish.get(name)}
        return Response(page_of(_log(request, endpoint_id).filter(**given), wish).body(delivery_body))


class DeliveryView(ApiView):
    """One delivery."""

    scopes: ClassVar = {"GET": (Scope.READ_WEBHOOKS,)}

    @extend_schema(responses={200: DeliveryBodySerializer})
    def get(self, request: Request, endpoint_id: UUID, delivery_id: UUID) -> Response:
        return Response(delivery_body(get_object_or_404(_log(request, endpoint_id), id=delivery_id)))


class ResendView(ApiView):
    """Sending it again, under the same id. One that is being tried at this moment stays as it is."""

    scopes: ClassVar = {"POST": (Scope.WRITE_WEBHOOKS,)}
    problems: ClassVar = {"POST": (409,)}

    @extend_schema(request=None, responses={202: DeliveryBodySerializer})
    def post(self, request: Request, endpoint_id: UUID, delivery_id: UUID) -> Response:
        delivery = get_object_or_404(_log(request, endpoint_id), id=delivery_id)
        return Response(delivery_body(resend(delivery)), status=202)


def _own(request: Request) -> QuerySet[Endpoint]:
    return Endpoint.objects.for_user(cast(User, request.user))


def _own_endpoint(request: Request, endpoint_id: UUID) -> Endpoint:
    """Raises Http404."""
    return get_object_or_404(_own(request), id=endpoint_id)


def _own_graph(request: Request, graph_id: UUID | None) -> Graph | None:
    """Raises Http404."""
    if graph_id is None:
        return None
    return get_object_or_404(Graph.objects.for_user(cast(User, request.user)), id=graph_id)


def _log(request: Request, endpoint_id: UUID) -> QuerySet[Delivery]:
    """Raises Http404."""
    endpoint = _own_endpoint(request, endpoint_id)
    return Delivery.objects.filter(endpoint=endpoint).select_related("notice").prefetch_related("attempts")
