"""Who follows what: Ada owns a graph with one node and an execution of it, Grace owns nothing."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from channels.testing import WebsocketCommunicator
from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.utils import timezone

from accounts.keys import issue
from accounts.models import User
from executor.events import CommittedBatch, announce
from executor.models import GraphExecution, NodeExecution, NodeOutput
from executor.telling.payloads import graph_payload, node_payload
from graphs.models import Graph, GraphVersion
from graphs.storage import write_version
from realtime.limits import Limits
from realtime.routing import sockets
from tests.executor.building import build, result

Event = dict[str, Any]
Opener = Callable[..., Awaitable["Client"]]
#: Only a fault takes so long, or a machine with much else to do.
WOKEN_SECONDS = 20
NODE_EXECUTION = "0190a000-0000-7000-8000-000000000001"


class Client(WebsocketCommunicator):
    """It is more patient than its parent, whose machines have nothing else to do."""

    async def connect(self, timeout: float = WOKEN_SECONDS) -> tuple[bool, str | None]:
        found: tuple[bool, str | None] = await super().connect(timeout)
        return found

    async def receive_from(self, timeout: float = WOKEN_SECONDS) -> str:
        text: str = await super().receive_from(timeout)
        return text

    async def disconnect(self, code: int = 1000, timeout: float = WOKEN_SECONDS) -> None:
        """Who has waited in vain has cancelled the application. Telling that once more would keep pytest from its other
        clean-up, and so all later tests from an empty database."""
        if not self.future.cancelled():
            await super().disconnect(code, timeout)

    async def ping(self) -> None:
        """Ask for a sign of life, and get one."""
        await self.send_to(text_data='{"method": "heartbeat", "data": "ping"}')
        assert "pong" in await self.receive_from()


@dataclass(frozen=True)
class Scene:
    ada: User
    grace: User
    ada_key: str
    grace_key: str
    version: GraphVersion
    execution: GraphExecution

    @property
    def channel(self) -> str:
        return f"{self.ada.id}|graph_exec#{self.execution.id}"

    @property
    def graph_channel(self) -> str:
        return f"{self.ada.id}|graph#{self.execution.graph_id}|executions"

    def graph_event(self, seq: int, status: str, execution: GraphExecution | None = None) -> Event:
        return graph_payload(
            seq=seq,
            execution_id=str((execution or self.execution).id),
            user_id=str(self.ada.id),
            graph_id=str(self.execution.graph_id),
            graph_version=1,
            preset_id=None,
            status=status,
            started_at=None,
            ended_at=None,
            stats={"cost": 0},
            inputs={},
            outputs={},
        )

    def node_event(self, seq: int, status: str = "RUNNING") -> Event:
        return node_payload(
            seq=seq,
            user_id=str(self.ada.id),
            graph_id=str(self.execution.graph_id),
            graph_version=1,
            execution_id=str(self.execution.id),
            node_execution_id=NODE_EXECUTION,
            node_id="node",
            block_id="block",
            node_name="Result",
            status=status,
            inputs={},
            outputs={},
            cost=0,
            error="",
            times=(None, None, None, None),
        )

    async def commit(self, *events: Event, execution: GraphExecution | None = None) -> None:
        """Tell of a commit, as the journal does."""
        batch = CommittedBatch(
            execution_id=str((execution or self.execution).id),
            graph_id=str(self.execution.graph_id),
            user_id=str(self.ada.id),
            events=list(events),
        )
        await announce([batch])


def make_scene() -> Scene:
    ada, grace = User.objects.create_user("ada@example.org", "secret-1"), User.objects.create_user("grace@example.org")
    document = build({"Result": result("answer")})
    graph = Graph.objects.create(id=document.id, owner=ada, name="Answers")
    version = write_version(graph, document)
    return Scene(
        ada=ada,
        grace=grace,
        ada_key=issue(ada, name="tests")[1],
        grace_key=issue(grace, name="tests")[1],
        version=version,
        execution=new_execution(ada, version),
    )


def new_execution(user: User, version: GraphVersion, **fields: Any) -> GraphExecution:
    return GraphExecution.objects.create(user=user, graph=version.graph, version=version, **fields)


def store_finished_run(scene: Scene) -> None:
    """Rows as they are after seqs 1 to 6: started, node queued, running, an output, node completed, completed."""
    now = timezone.now()
    run = NodeExecution.objects.create(
        id=NODE_EXECUTION,
        execution=scene.execution,
        node=scene.version.nodes.get(),
        number=1,
        status="COMPLETED",
        inputs={"name": "answer", "value": 42},
        seq=5,
        added_at=now,
        queued_at=now,
        started_at=now,
        ended_at=now,
    )
    NodeOutput.objects.create(node_execution=run, index=0, name="output", data=42, seq=4, created_at=now)
    GraphExecution.objects.filter(id=scene.execution.id).update(status="COMPLETED", seq=6, started_at=now, ended_at=now)


def socket(
    key: str | None = None,
    *,
    headers: dict[str, str] | None = None,
    query: str = "",
    subprotocols: list[str] | None = None,
    limits: Limits | None = None,
) -> Client:
    fields = {"authorization": f"Bearer {key}"} if key else {}
    fields |= headers or {}
    encoded = [(name.encode(), value.encode()) for name, value in fields.items()]
    return Client(sockets(limits), f"/ws{query}", headers=encoded, subprotocols=subprotocols)


async def close_code(communicator: Client) -> int:
    """Of a socket that is or will be closed; what is sent before is passed over."""
    while True:
        message = await communicator.receive_output(timeout=WOKEN_SECONDS)
        if message["type"] == "websocket.close":
            code: int = message["code"]
            return code


def sign_in(user: User) -> SessionStore:
    """The session of a page on which the user has signed in."""
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session["_auth_user_backend"] = "django.contrib.auth.backends.ModelBackend"
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.create()
    return session


def page_headers(session_key: str) -> dict[str, str]:
    """What a browser sends from a page of this site."""
    return {"cookie": f"sessionid={session_key}", "host": "localhost", "origin": "http://localhost"}
