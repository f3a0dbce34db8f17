"""A client of the AutoGPT Platform works here when its base address, its socket's address and its token are changed.

It takes the routes, sends the bodies and reads the keys of that platform, and knows nothing of Sluice.
"""

import asyncio
import json
import urllib.request
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

import pytest
from websockets.asyncio.client import ClientConnection, connect

from accounts.keys import issue
from tests.executor.processes import process, web_server
from tests.factories import make_user

ENDED = ("COMPLETED", "FAILED", "TERMINATED")
INPUT, OUTPUT = "c0a8e994-ebf1-4a9c-a4d8-89d09c86741b", "363ae599-353e-4804-937e-b2ee3cef3da4"

pytestmark = pytest.mark.django_db(transaction=True)


class PlatformClient:
    """What a browser has of the platform: two addresses and a token."""

    def __init__(self, base_url: str, socket_url: str, token: str) -> None:
        self.base_url, self.socket_url, self.token = base_url, socket_url, token

    def get(self, path: str) -> Any:
        return self._ask("GET", path)

    def post(self, path: str, body: Any = None) -> Any:
        return self._ask("POST", path, {} if body is None else body)

    def delete(self, path: str) -> Any:
        return self._ask("DELETE", path)

    @asynccontextmanager
    async def socket(self) -> Any:
        async with connect(f"{self.socket_url}?token={self.token}") as opened:
            yield opened

    def _ask(self, method: str, path: str, body: Any = None) -> Any:
        request = urllib.request.Request(
            f"{self.base_url}{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            text = answer.read()
        return json.loads(text) if text else None


def test_a_session_of_a_client_of_the_platform(redis_url: str) -> None:
    token = issue(make_user(), name="browser")[1]
    with web_server() as address, process("rqworker"), process("clock"):
        client = PlatformClient(f"http://{address}/api/v1", f"ws://{address}/ws", token)
        user = client.post("/auth/user")
        assert user["id"]
        assert user["email"]
        _reads_blocks(client)
        graph = _makes_a_graph(client)
        execution = asyncio.run(_runs_and_follows(client, graph, user["id"]))
        _reads_executions(client, graph, execution)
        _keeps_a_schedule(client, graph)
        _reads_credits(client)
        _handles_keys(client)


def _reads_blocks(client: PlatformClient) -> None:
    blocks = {block["id"]: block for block in client.get("/blocks")}
    for block_id in (INPUT, OUTPUT):
        block = blocks[block_id]
        assert {"name", "description", "categories", "staticOutput", "uiType", "costs"} <= block.keys()
        assert block["inputSchema"]["properties"]
        assert block["outputSchema"]["properties"]


def _makes_a_graph(client: PlatformClient) -> Any:
    ask, tell = str(uuid4()), str(uuid4())
    nodes = [
        {
            "id": ask,
            "block_id": INPUT,
            "input_default": {"name": "question"},
            "metadata": {"position": {"x": 0, "y": 0}},
        },
        {
            "id": tell,
            "block_id": OUTPUT,
            "input_default": {"name": "answer"},
            "metadata": {"position": {"x": 9, "y": 0}},
        },
    ]
    link = {"id": str(uuid4()), "source_id": ask, "source_name": "result", "sink_id": tell, "sink_name": "value"}
    body = {"name": "Echo", "description": "", "is_active": True, "nodes": nodes, "links": [link]}
    made = client.post("/graphs", {"graph": body})
    assert made["version"] == 1
    assert [made["name"]] == [line["name"] for line in client.get("/graphs") if line["id"] == made["id"]]
    read = client.get(f"/graphs/{made['id']}")
    assert {node["block_id"] for node in read["nodes"]} == {INPUT, OUTPUT}
    assert {"source_id", "sink_id", "source_name", "sink_name", "is_static"} <= read["links"][0].keys()
    assert "question" in read["input_schema"]["properties"]
    assert "answer" in read["output_schema"]["properties"]
    return read


async def _runs_and_follows(client: PlatformClient, graph: Any, user_id: str) -> Any:
    """It follows all executions of the graph first, then the one that it has started."""
    async with client.socket() as socket, asyncio.timeout(60):
        assert (await _asked(socket, "heartbeat", "ping"))["data"] == "pong"
        all_of_graph = await _asked(socket, "subscribe_graph_executions", {"graph_id": graph["id"]})
        assert (all_of_graph["success"], all_of_graph["channel"]) == (True, f"{user_id}|graph#{graph['id']}|executions")
        body = {"inputs": {"question": "Why?"}, "credentials_inputs": {}, "source": "builder"}
        path = f"/graphs/{graph['id']}/execute/{graph['version']}"
        execution = await asyncio.to_thread(client.post, path, body)
        subscribed = {"graph_exec_id": execution["id"]}
        await socket.send(json.dumps({"method": "subscribe_graph_execution", "data": subscribed}))
        seen = await _seen_until_the_end(socket)
    assert {event["node_id"] for event in seen["node_execution_event"]} == {node["id"] for node in graph["nodes"]}
    last = seen["graph_execution_event"][-1]
    assert (last["id"], last["status"], last["graph_id"]) == (execution["id"], "COMPLETED", graph["id"])
    assert last["stats"]["node_exec_count"] == 2
    return execution


async def _asked(socket: ClientConnection, method: str, data: Any) -> Any:
    await socket.send(json.dumps({"method": method, "data": data}))
    answer = json.loads(await socket.recv())
    assert (answer["method"], answer["success"]) == (method, True)
    return answer


async def _seen_until_the_end(socket: ClientConnection) -> dict[str, list[Any]]:
    """Until the end was told on both channels."""
    seen: dict[str, list[Any]] = {"graph_execution_event": [], "node_execution_event": []}
    ends: set[str] = set()
    while len(ends) < 2:
        message = json.loads(await socket.recv())
        assert message["error"] is None
        seen.setdefault(message["method"], []).append(message["data"])
        if message["method"] == "graph_execution_event" and message["data"]["status"] in ENDED:
            ends.add(message["channel"])
    return seen


def _reads_executions(client: PlatformClient, graph: Any, execution: Any) -> None:
    path = f"/graphs/{graph['id']}/executions/{execution['id']}"
    read = client.get(path)
    assert read["outputs"] == {"answer": ["Why?"]}
    runs = read["node_executions"]
    assert {run["status"] for run in runs} == {"COMPLETED"}
    assert {"node_id", "block_id", "input_data", "output_data", "start_time", "end_time"} <= runs[0].keys()
    assert execution["id"] in [line["id"] for line in client.get("/executions")]
    listed = client.get(f"/graphs/{graph['id']}/executions?page=1&page_size=10")
    assert [line["id"] for line in listed["executions"]] == [execution["id"]]
    assert listed["pagination"]["total_items"] == 1
    stopped = client.post(f"{path}/stop")
    assert stopped["status"] == "COMPLETED"


def _keeps_a_schedule(client: PlatformClient, graph: Any) -> None:
    wish = {"name": "Mornings", "cron": "0 8 * * *", "inputs": {"question": "Now?"}, "graph_version": graph["version"]}
    made = client.post(f"/graphs/{graph['id']}/schedules", wish | {"credentials": {}})
    assert (made["name"], made["cron"], made["graph_id"]) == ("Mornings", "0 8 * * *", graph["id"])
    assert made["next_run_time"]
    assert [line["id"] for line in client.get("/schedules")] == [made["id"]]
    assert [line["id"] for line in client.get(f"/graphs/{graph['id']}/schedules")] == [made["id"]]
    assert client.delete(f"/schedules/{made['id']}") == {"id": made["id"]}
    assert client.get("/schedules") == []


def _reads_credits(client: PlatformClient) -> None:
    balance = client.get("/credits")["credits"]
    history = client.get("/credits/transactions?transaction_count_limit=10")
    assert history["transactions"][0]["running_balance"] == balance
    assert {"threshold", "amount"} == client.get("/credits/auto-top-up").keys()


def _handles_keys(client: PlatformClient) -> None:
    wish = {"name": "robot", "permissions": ["EXECUTE_GRAPH", "READ_GRAPH"], "description": "For a test"}
    made = client.post("/api-keys", wish)
    key = made["api_key"]
    assert PlatformClient(client.base_url, "", made["plain_text_key"]).get("/graphs")
    assert {"id", "name", "status", "permissions", "created_at"} <= key.keys()
    assert key["id"] in [line["id"] for line in client.get("/api-keys")]
    assert client.post(f"/api-keys/{key['id']}/suspend")["status"] == "SUSPENDED"
    assert client.delete(f"/api-keys/{key['id']}")["status"] == "REVOKED"
