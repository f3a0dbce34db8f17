"""Webhooks over the API: what their owner does with them, and the calls from outside."""

from functools import partial
from typing import Any, ClassVar, cast
from uuid import UUID

from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import User
from api.idempotency import id_to_make
from api.scopes import Scope
from api.views import ApiView, Repeats, SignedView
from executor.presets.api import preset_of_graph
from executor.webhooks.bodies import (
    CalledBodySerializer,
    DeletedWebhookSerializer,
    ListedWebhookBodySerializer,
    ShownWebhookSerializer,
    WebhookBodySerializer,
)
from executor.webhooks.ingress import receive
from executor.webhooks.listing import listed_bodies
from executor.webhooks.models import ANYBODY, Webhook, WebhookQuerySet
from executor.webhooks.pinging import ping
from executor.webhooks.registering import follow, make_webhook, remove_webhook
from executor.webhooks.renewing import renew_secret
from executor.webhooks.serializers import ActiveSerializer, NewWebhookSerializer, webhook_body
from executor.webhooks.switching import switch
from graphs.api import own_version
from graphs.models import Graph


class GraphWebhooksView(ApiView):
    """The webhooks of one graph."""

    scopes: ClassVar = {"GET": (Scope.READ_LIBRARY,), "POST": (Scope.WRITE_LIBRARY, Scope.EXECUTE_GRAPH)}
    starts_later: ClassVar = ("POST",)
    repeats = Repeats.CLAIMED
    problems: ClassVar = {"POST": (503,)}

    @extend_schema(responses={200: ListedWebhookBodySerializer(many=True)})
    def get(self, request: Request, graph_id: UUID) -> Response:
        get_object_or_404(Graph.objects.for_user(cast(User, request.user)), id=graph_id)
        return Response(listed_bodies(_own(request).filter(graph=graph_id), partial(_address, request)))

    @extend_schema(request=NewWebhookSerializer, responses={201: ShownWebhookSerializer})
    def post(self, request: Request, graph_id: UUID) -> Response:
        """The answer alone carries the secret; what a provider signs with, nobody needs to know."""
        user = cast(User, request.user)
        body = NewWebhookSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        wish: dict[str, Any] = body.validated_data
        version = own_version(user, graph_id, wish.get("graph_version"))
        preset = preset_of_graph(user, wish.get("preset_id"), graph_id)
        webhook, secret = make_webhook(
            user,
            version,
            name=wish["name"],
            node_id=wish.get("node_id"),
            preset=preset,
            config=wish["config"],
            site=request.build_absolute_uri("/"),
            id=id_to_make(request),
        )
        shown = {"secret": secret.reveal()} if webhook.provider == ANYBODY else {}
        return Response(_body(request, own_webhook(request, webhook.id)) | shown, status=201)


class WebhookView(ApiView):
    """One webhook. Switched on, it starts executions."""

    scopes: ClassVar = {
        "GET": (Scope.READ_LIBRARY,),
        "PATCH": (Scope.WRITE_LIBRARY, Scope.EXECUTE_GRAPH),
        "DELETE": (Scope.WRITE_LIBRARY,),
    }
    starts_later: ClassVar = ("PATCH",)

    @extend_schema(responses={200: WebhookBodySerializer})
    def get(self, request: Request, webhook_id: UUID) -> Response:
        return Response(_body(request, own_webhook(request, webhook_id)))

    @extend_schema(request=ActiveSerializer, responses={200: WebhookBodySerializer})
    def patch(self, request: Request, webhook_id: UUID) -> Response:
        """Switch it on or off."""
        webhook = own_webhook(request, webhook_id)
        body = ActiveSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        switch(webhook, is_active=body.validated_data["is_active"])
        follow(webhook.id)
        return Response(_body(request, own_webhook(request, webhook_id)))

    @extend_schema(responses={200: DeletedWebhookSerializer})
    def delete(self, request: Request, webhook_id: UUID) -> Response:
        remove_webhook(own_webhook(request, webhook_id))
        return Response({"id": str(webhook_id)})


class WebhookSecretView(ApiView):
    """A new secret; the old one signs nothing any more. Whoever has it can start the graph."""

    scopes: ClassVar = {"POST": (Scope.WRITE_LIBRARY, Scope.EXECUTE_GRAPH)}
    starts_later: ClassVar = ("POST",)

    @extend_schema(request=None, responses={200: ShownWebhookSerializer})
    def post(self, request: Request, webhook_id: UUID) -> Response:
        webhook = own_webhook(request, webhook_id)
        secret = renew_secret(webhook)
        return Response(_body(request, webhook) | {"secret": secret.reveal()})


class PingView(ApiView):
    """Whether the provider's calls arrive: it is asked for one. False where nobody can be asked."""

    scopes: ClassVar = {"POST": (Scope.WRITE_LIBRARY,)}
    repeats = Repeats.UNKEYED
    problems: ClassVar = {"POST": (503, 504)}

    @extend_schema(request=None, responses={200: bool})
    def post(self, request: Request, webhook_id: UUID) -> Response:
        return Response(ping(own_webhook(request, webhook_id)))


class IngressView(SignedView):
    """Calls from outside. Who may call is told by the signature alone. Null: it was to start nothing."""

    problems: ClassVar = {"POST": (402, 403, 409, 503)}

    @extend_schema(request=OpenApiTypes.OBJECT, responses={200: CalledBodySerializer, 202: CalledBodySerializer})
    def post(self, request: Request, webhook_id: UUID, provider: str | None = None) -> Response:
        headers = {name.lower(): value for name, value in request.headers.items()}
        execution = receive(webhook_id, request.body, headers, provider=provider)
        if execution is None:
            return Response({"execution_id": None})
        return Response({"execution_id": execution.id}, status=202)


def own_webhook(request: Request, webhook_id: UUID) -> Webhook:
    """Raises Http404."""
    webhook: Webhook = get_object_or_404(_own(request), id=webhook_id)
    return webhook


def _own(request: Request) -> WebhookQuerySet:
    return Webhook.objects.for_user(cast(User, request.user)).select_related("version", "registration")


def _body(request: Request, webhook: Webhook) -> dict[str, Any]:
    return webhook_body(webhook, _address(request, webhook.id))


def _address(request: Request, webhook_id: UUID) -> str:
    """Where anybody calls it."""
    return request.build_absolute_uri(f"/api/v1/webhooks/{webhook_id}/ingress")
