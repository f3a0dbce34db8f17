"""Webhooks over the API: what their owner does with them, and the calls from outside."""

from typing import Any, cast
from uuid import UUID

from django.shortcuts import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import User
from executor.presets.api import preset_of_graph
from executor.webhooks.ingress import receive
from executor.webhooks.models import Webhook
from executor.webhooks.registering import make_webhook
from executor.webhooks.secrets import give_new_secret
from executor.webhooks.serializers import ActiveSerializer, NewWebhookSerializer, webhook_body
from executor.webhooks.switching import switch
from graphs.api import own_version


class GraphWebhooksView(APIView):
    """The webhooks of one graph."""

    def get(self, request: Request, graph_id: UUID) -> Response:
        return Response([_body(request, webhook) for webhook in _own(request).filter(graph=graph_id)])

    def post(self, request: Request, graph_id: UUID) -> Response:
        """The answer alone carries the secret."""
        user = cast(User, request.user)
        body = NewWebhookSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        wish: dict[str, Any] = body.validated_data
        version = own_version(user, graph_id, wish.get("graph_version"))
        preset = preset_of_graph(user, wish.get("preset_id"), graph_id)
        webhook, secret = make_webhook(user, version, name=wish["name"], node_id=wish.get("node_id"), preset=preset)
        return Response(_body(request, webhook) | {"secret": secret.reveal()}, status=201)


class WebhookView(APIView):
    """One webhook."""

    def get(self, request: Request, webhook_id: UUID) -> Response:
        return Response(_body(request, own_webhook(request, webhook_id)))

    def patch(self, request: Request, webhook_id: UUID) -> Response:
        """Switch it on or off."""
        webhook = own_webhook(request, webhook_id)
        body = ActiveSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        switch(webhook, is_active=body.validated_data["is_active"])
        return Response(_body(request, webhook))

    def delete(self, request: Request, webhook_id: UUID) -> Response:
        own_webhook(request, webhook_id).delete()
        return Response({"id": str(webhook_id)})


class WebhookSecretView(APIView):
    """A new secret; the old one signs nothing any more."""

    def post(self, request: Request, webhook_id: UUID) -> Response:
        webhook = own_webhook(request, webhook_id)
        secret = give_new_secret(webhook)
        webhook.save(update_fields=["sealed"])
        return Response(_body(request, webhook) | {"secret": secret.reveal()})


class IngressView(APIView):
    """Calls from outside. Who may call is told by the signature alone."""

    authentication_classes = ()
    permission_classes = ()

    def post(self, request: Request, webhook_id: UUID) -> Response:
        headers = {name.lower(): value for name, value in request.headers.items()}
        execution = receive(webhook_id, request.body, headers)
        return Response({"execution_id": execution.id}, status=202)


def own_webhook(request: Request, webhook_id: UUID) -> Webhook:
    """Raises Http404."""
    webhook: Webhook = get_object_or_404(_own(request), id=webhook_id)
    return webhook


def _own(request: Request) -> Any:
    return Webhook.objects.for_user(cast(User, request.user)).select_related("version")


def _body(request: Request, webhook: Webhook) -> dict[str, Any]:
    return webhook_body(webhook, request.build_absolute_uri(f"/api/v1/webhooks/{webhook.id}/ingress"))
