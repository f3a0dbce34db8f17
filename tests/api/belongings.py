"""One of everything that Ada can have, made when it is asked for, for tests that go over all routes."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import cached_property
from typing import Any
from uuid import uuid4

from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from accounts.credentials.contents import Contents
from accounts.credentials.models import StoredCredential
from accounts.credentials.storing import make_credential
from accounts.credentials.types import CredentialType
from accounts.keys import issue
from accounts.models import ApiKey
from api.scopes import Scope
from blocks.registry import registry
from credits.payments.checkout import start_top_up
from credits.payments.models import Payment
from executor.files.models import Upload
from executor.files.storing import store_upload
from executor.large.files import storage
from executor.large.references import folder_of, folder_of_root, reference
from executor.launching.launch import launch
from executor.models import GraphExecution, NodeExecution, NodeOutput
from executor.presets.models import Preset
from executor.presets.saving import make_preset
from executor.reviews.models import Review
from executor.schedules.models import Schedule
from executor.schedules.scheduling import make_schedule
from executor.sharing.links import share
from executor.webhooks.models import Webhook
from executor.webhooks.registering import make_webhook
from graphs.models import Graph, GraphVersion
from graphs.storage import write_version
from notifications.endpoints.making import make_endpoint
from notifications.endpoints.testing import send_test
from notifications.models import Delivery, Endpoint
from reliability.secrets import Secret
from tests.api.cast import Scene
from tests.api.rows import add_runs, past
from tests.executor.building import build, result

INPUTS = {"question": "Why?"}
PROVIDER = "openai"
FILE_ID = "a" * 64


class Belongings:
    """Of Ada in a scene."""

    def __init__(self, scene: Scene) -> None:
        self.scene, self.ada, self.version = scene, scene.ada, scene.version

    @cached_property
    def execution(self) -> GraphExecution:
        return launch(self.ada, self.version, inputs=INPUTS)

    @cached_property
    def node_execution(self) -> NodeExecution:
        return self.execution.node_executions.earliest("number")

    @cached_property
    def output(self) -> NodeOutput:
        """In a file."""
        run = self.node_execution
        path = storage().save(f"{folder_of(self.execution.id, run.id)}/0", ContentFile(b"1"))
        return NodeOutput.objects.create(
            node_execution=run, index=0, name="large", data=reference(path, 1), seq=1, created_at=timezone.now()
        )

    @cached_property
    def past(self) -> GraphExecution:
        """That has ended."""
        return past(self.scene)

    @cached_property
    def token(self) -> str:
        """Of a link to an execution whose outputs refer to a file."""
        execution = past(self.scene)
        add_runs(execution, [[]], value=f"workspace://{FILE_ID}/a.txt")
        storage().save(f"{folder_of_root(execution.id)}/workspace/{FILE_ID}-a.txt", ContentFile(b"1"))
        return share(execution)

    @cached_property
    def review(self) -> Review:
        return Review.objects.create(
            node_execution=self.node_execution,
            execution=self.execution,
            root=self.execution,
            user=self.ada,
            is_sensitive=False,
            payload_hash="",
            editable=True,
            created_at=timezone.now(),
        )

    @cached_property
    def preset(self) -> Preset:
        return make_preset(self.ada, self.version, name="Preset", inputs=INPUTS)

    @cached_property
    def schedule(self) -> Schedule:
        now = datetime.now(UTC)
        return make_schedule(self.ada, self.version, now=now, name="Schedule", cron="0 8 * * *", inputs=INPUTS)

    @cached_property
    def triggered(self) -> GraphVersion:
        """A graph with a trigger."""
        document = build(
            {"hook": ("GenericWebhookTrigger", {"constants": {}}), "out": result("posted")},
            ["hook.payload -> out.value"],
            name="Triggered",
        )
        return write_version(Graph.objects.create(id=document.id, owner=self.ada, name="Triggered"), document)

    @cached_property
    def webhook(self) -> Webhook:
        return make_webhook(self.ada, self.triggered, name="Webhook", site="http://testserver/")[0]

    @cached_property
    def credential(self) -> StoredCredential:
        contents = Contents(secret=Secret("sk-canary"))
        return make_credential(
            self.ada, provider=PROVIDER, type=CredentialType.API_KEY, contents=contents, title="Mine"
        )

    @cached_property
    def endpoint(self) -> Endpoint:
        return make_endpoint(self.ada, url="https://hooks.example.org/", kinds=["execution.completed"])[0]

    @cached_property
    def delivery(self) -> Delivery:
        return send_test(self.endpoint)

    @cached_property
    def key(self) -> ApiKey:
        return issue(self.ada, name="another", scopes=[Scope.WRITE_KEYS])[0]

    @cached_property
    def payment(self) -> Payment:
        return start_top_up(self.ada.credit_account, amount=1000, return_url="http://testserver/", now=timezone.now())

    @cached_property
    def upload(self) -> Upload:
        return store_upload(self.ada, SimpleUploadedFile("a.txt", b"a"), hours=1, now=timezone.now())


#: By the names in addresses: what stands there, and whether it is somebody's.
OWNED: dict[str, Callable[[Belongings], Any]] = {
    "credential_id": lambda its: its.credential.id,
    "delivery_id": lambda its: its.delivery.id,
    "endpoint_id": lambda its: its.endpoint.id,
    "execution_id": lambda its: its.execution.id,
    "graph_id": lambda its: its.version.graph_id,
    "key_id": lambda its: its.key.id,
    "node_execution_id": lambda its: its.output.node_execution_id,
    "preset_id": lambda its: its.preset.id,
    "schedule_id": lambda its: its.schedule.id,
    "transaction_key": lambda its: its.payment.id,
    "upload_id": lambda its: its.upload.id,
    "webhook_id": lambda its: its.webhook.id,
}
SHARED: dict[str, Callable[[Belongings], Any]] = {
    "block_id": lambda its: next(block.id for block in registry if block.name == "AddToList"),
    "channel": lambda its: "discord",
    "index": lambda its: 0,
    "number": lambda its: 1,
    "provider": lambda its: PROVIDER,
    "file_id": lambda its: FILE_ID,
    "token": lambda its: its.token,
}


def addressed(route: str, its: Belongings, **others: Any) -> str:
    """The route's address with Ada's things in it, or others by name. Raises KeyError for a name that nobody knows."""
    parts = []
    for part in route.split("/"):
        name = part.strip("<>").rpartition(":")[2]
        parts.append(str(others.get(name) or (OWNED | SHARED)[name](its)) if part.startswith("<") else part)
    return f"/api/v1/{'/'.join(parts)}"


def owned_names(route: str) -> list[str]:
    return [name for part in route.split("/") if (name := part.strip("<>").rpartition(":")[2]) in OWNED]


def unknown(route: str) -> dict[str, Any]:
    """Ids of nothing."""
    return {name: uuid4() for name in owned_names(route)}
