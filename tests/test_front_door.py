"""The whole way, as a program uses it: import over HTTP, launch over HTTP, a real worker, a real socket, the ledger."""

import asyncio
import json
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.client import connect

from accounts.keys import issue
from accounts.models import User
from credits.models import Account, Transaction
from tests.executor.processes import process, web_server
from tests.factories import make_user

EXAMPLE = Path(__file__).resolve().parent.parent / "examples" / "newsroom.json"
TERMINAL = {"COMPLETED", "FAILED", "TERMINATED"}

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def ada() -> User:
    return make_user()


class Client:
    """Speaks JSON to the API with a key."""

    def __init__(self, address: str, key: str) -> None:
        self.address, self.key = address, key

    def call(self, method: str, path: str, body: Any = None) -> Any:
        request = urllib.request.Request(
            f"http://{self.address}/api/v1{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=20) as answer:
            return json.load(answer)

    async def follow(self, execution_id: str) -> list[dict[str, Any]]:
        """Every event until the execution has ended. This client only reads."""
        headers = {"Authorization": f"Bearer {self.key}"}
        async with connect(f"ws://{self.address}/ws", additional_headers=headers) as socket:
            await socket.send(
                json.dumps({"method": "subscribe_graph_execution", "data": {"graph_exec_id": execution_id}})
            )
            events: list[dict[str, Any]] = []
            async with asyncio.timeout(30):
                async for frame in socket:
                    message = json.loads(frame)
                    if message["method"].endswith("_event"):
                        events.append(message["data"])
                    if message["method"] == "graph_execution_event" and message["data"]["status"] in TERMINAL:
                        break
        return events


def test_the_whole_way(ada: User, redis_url: str) -> None:
    _, key = issue(ada, name="test")
    with web_server() as address, process("rqworker"), process("clock"):
        client = Client(address, key)
        imported = client.call("POST", "/graphs", {"graph": json.loads(EXAMPLE.read_text())})
        launched = client.call("POST", f"/graphs/{imported['id']}/execute", {"inputs": {}})
        events = asyncio.run(client.follow(launched["id"]))
        ended = client.call("GET", f"/graphs/{imported['id']}/executions/{launched['id']}")
        credits = client.call("GET", "/credits")["credits"]
    assert ended["status"] == "COMPLETED", ended
    _assert_told_in_order(events, ended)
    _assert_paid(ada, ended, credits)


def _assert_told_in_order(events: list[dict[str, Any]], ended: dict[str, Any]) -> None:
    """Every node execution reaches its final status, each number comes once, none is left out."""
    numbers = [event["seq"] for event in events]
    assert numbers == list(range(1, numbers[-1] + 1))
    last = {event["node_exec_id"]: event["status"] for event in events if "node_exec_id" in event}
    rows = {run["node_exec_id"]: run["status"] for run in ended["node_executions"] if run["status"] != "INCOMPLETE"}
    assert last == rows
    assert set(last.values()) == {"COMPLETED"}
    assert events[-1]["outputs"] == ended["outputs"] != {}


def _assert_paid(ada: User, ended: dict[str, Any], credits: int) -> None:
    charges = Transaction.objects.filter(type="USAGE", reference__execution=ended["id"])
    assert ended["stats"]["cost"] == -sum(charges.values_list("amount", flat=True)) > 0
    assert credits == Account.objects.get(user=ada).balance == 1000 - ended["stats"]["cost"]
