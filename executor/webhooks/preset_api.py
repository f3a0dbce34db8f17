"""Making a preset that is started from outside, over the API."""

from typing import Any, ClassVar, cast

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import User
from api.idempotency import id_to_make
from api.scopes import Scope
from api.views import ApiView, Repeats
from executor.presets.bodies import PresetBodySerializer
from executor.presets.serializers import preset_body
from executor.webhooks.models import ANYBODY
from executor.webhooks.triggered_preset import make_triggered_preset
from graphs.api import own_version


class TriggerSetupSerializer(serializers.Serializer[Any]):
    """trigger_config: `{input: value}` of the graph's trigger. agent_credentials: by the graph's credentials inputs."""

    name = serializers.CharField(max_length=200)
    description = serializers.CharField(max_length=5000, allow_blank=True, default="")
    graph_id = serializers.UUIDField()
    graph_version = serializers.IntegerField(
        min_value=1, max_value=2**31 - 1, required=False, allow_null=True, default=None
    )
    trigger_config = serializers.DictField(default=dict)
    agent_credentials = serializers.DictField(child=serializers.DictField(), default=dict)


class TriggeredPresetBodySerializer(PresetBodySerializer):
    """webhook_secret: what callers sign with, shown once; null where a provider calls."""

    webhook_id = serializers.UUIDField()
    webhook_secret = serializers.CharField(allow_null=True)


class PresetTriggerView(ApiView):
    """Saves a preset of a graph with a trigger, and makes the webhook that starts it."""

    scopes: ClassVar = {"POST": (Scope.WRITE_LIBRARY, Scope.EXECUTE_GRAPH)}
    starts_later: ClassVar = ("POST",)
    repeats = Repeats.CLAIMED
    problems: ClassVar = {"POST": (404, 503)}

    @extend_schema(request=TriggerSetupSerializer, responses={200: TriggeredPresetBodySerializer})
    def post(self, request: Request) -> Response:
        body = TriggerSetupSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        wish, user = body.validated_data, cast(User, request.user)
        preset, webhook, secret = make_triggered_preset(
            user,
            own_version(user, wish["graph_id"], wish["graph_version"]),
            name=wish["name"],
            description=wish["description"],
            config=wish["trigger_config"],
            credentials=wish["agent_credentials"],
            site=request.build_absolute_uri("/"),
            id=id_to_make(request),
        )
        shown = secret.reveal() if webhook.provider == ANYBODY else None
        return Response(preset_body(preset) | {"webhook_id": webhook.id, "webhook_secret": shown})
