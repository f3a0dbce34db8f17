"""Twelve canary secrets go through success, refusal, fault, time-out and crash in a real worker; nobody finds them."""

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from redis import Redis

from accounts.credentials.contents import Contents
from accounts.credentials.models import StoredCredential
from accounts.credentials.storing import make_credential
from accounts.credentials.types import CredentialType
from accounts.models import User
from executor.models import GraphExecution
from executor.statuses import TERMINAL
from executor.webhooks.models import Webhook
from executor.webhooks.registering import make_webhook
from graphs.exporting import as_text, export_graph
from graphs.serializers import graph_body
from reliability.secrets import Secret
from tests.api.cast import client_of
from tests.executor import credential_blocks
from tests.executor.building import build, result, with_policy
from tests.executor.processes import process
from tests.executor.running import fresh, store
from tests.factories import make_user
from tests.house.processes import wait_until

pytestmark = pytest.mark.django_db(transaction=True)

credential_blocks.register_here()

BLOCKS = "tests.executor.blocks,tests.executor.credential_blocks"
WAYS = ("emit", "refuse", "break", "hang", "crash")
#: What stands in every secret, in whatever way it is spelled; base64 of it is looked for at each of three offsets.
CANARY = "canary5f3a9c"


@pytest.fixture
def ada() -> User:
    return make_user(credits=1000)


def canary(number: int) -> str:
    return f'{CANARY}-{number:02}/+"\\ä'


def of_each_type(user: User) -> list[StoredCredential]:
    """Eleven secrets in seven credentials; the webhook's is the twelfth."""

    def made(type: CredentialType, contents: Contents, **fields: Any) -> StoredCredential:
        return make_credential(user, provider="vault", type=type, contents=contents, **fields)

    return [
        made(CredentialType.API_KEY, Contents(secret=Secret(canary(1)))),
        made(CredentialType.API_KEY, Contents(secret=Secret(f"https://ada:{canary(2)}@example.org/"))),
        made(CredentialType.USER_PASSWORD, Contents(secret=Secret(canary(3))), username="ada"),
        made(CredentialType.USER_PASSWORD, Contents(secret=Secret(canary(4))), username="smtp@example.org"),
        made(CredentialType.OAUTH2, Contents(secret=Secret(canary(5)), refresh=Secret(canary(6)))),
        made(
            CredentialType.HOST_SCOPED,
            Contents(headers={"Authorization": Secret(f"Bearer {canary(7)}"), "Cookie": Secret(f"sid={canary(8)}")}),
            hosts=["api.example.org"],
        ),
        made(
            CredentialType.HOST_SCOPED,
            Contents(headers={name: Secret(canary(9 + at)) for at, name in enumerate(("X-Api-Key", "X-B", "X-C"))}),
            hosts=["*.example.org"],
        ),
    ]


def launched(user: User, credentials: list[StoredCredential], marker: Path) -> tuple[Any, list[GraphExecution]]:
    """One execution for each way, started as a client starts it."""
    version, found = None, []
    for way in WAYS:
        nodes: Any = {
            f"n{number}": (
                "Tattler",
                {"credentials": {"id": str(credential.id)}, "way": way, "marker": str(marker), "log": "/dev/null"},
            )
            for number, credential in enumerate(credentials)
        }
        document = build(nodes | {"out": result("out")}, ["n0.told -> out.value"])
        for name in nodes:
            document = with_policy(document, name, timeout_seconds=1, retries=1, retry_backoff_seconds=0)
        version = store(user, document)
        answer = client_of(user).post(f"/api/v1/graphs/{version.graph_id}/execute", {}, format="json")
        assert answer.status_code == 202, answer.json()
        found.append(GraphExecution.objects.get(id=answer.json()["id"]))
    return version, found


def test_no_secret_is_found_anywhere(
    ada: User, redis_url: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    credentials, marker = of_each_type(ada), tmp_path / "crashed"
    webhook, signing = make_webhook(ada, store(ada, build({"hook": ("GenericWebhookTrigger", {})})), name="Shop")
    with Redis.from_url(redis_url) as redis, process("clock"):
        version, executions = launched(ada, credentials, marker)
        listening = redis.pubsub()
        listening.psubscribe("*")
        with process("rqworker", BLOCK_MODULES=BLOCKS, LOG_LEVEL="DEBUG"):
            wait_until(lambda: marker.exists())
        with process("rqworker", BLOCK_MODULES=BLOCKS, LOG_LEVEL="DEBUG"):
            wait_until(lambda: all(fresh(execution).status in TERMINAL for execution in executions))
        heard = list(iter(lambda: listening.get_message(timeout=0.1), None))
        places = {
            "database": "\n".join(dump()),
            "Redis": "\n".join(everything_in(redis)) + repr(heard),
            "logs": "".join(capfd.readouterr()),
            "export": as_text(export_graph(version)),
            "API": answers(ada, version, executions),
        }
    assert places["logs"]
    assert heard
    assert "••••" in places["database"]
    for place, text in places.items():
        hits = [part for part in (*wanted(), signing.reveal()) if part in text]
        assert not hits, f"{place}: {hits}"
    assert Webhook.objects.get() == webhook


def test_the_search_finds_what_is_there(ada: User) -> None:
    """A secret that is stored in the open is found in each of its spellings."""
    for text in credential_blocks.spelled(canary(1)).values():
        if isinstance(text, str) and text != "as a key":
            assert any(part in json.dumps(text, ensure_ascii=False) for part in wanted()), text
    StoredCredential.objects.filter(id=of_each_type(ada)[0].id).update(title=CANARY)
    assert any(part in "\n".join(dump()) for part in wanted())


def wanted() -> list[str]:
    """The canary, and what of it stands in base64 wherever it begins."""
    found = [CANARY]
    for offset in range(3):
        text = base64.b64encode(b"x" * offset + CANARY.encode()).decode()
        found.append(text[4 if offset else 0 : 4 * ((offset + len(CANARY)) // 3)])
    return found


def dump() -> Iterator[str]:
    """Every row of every table."""
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')
            for row in cursor.fetchall():
                yield " ".join(map(str, row))


def everything_in(redis: "Redis") -> Iterator[str]:
    for key in redis.scan_iter("*"):
        kind = redis.type(key).decode()
        read: Any = {
            "string": redis.get,
            "hash": redis.hgetall,
            "list": lambda key: redis.lrange(key, 0, -1),
            "set": redis.smembers,
            "zset": lambda key: redis.zrange(key, 0, -1),
            "stream": redis.xrange,
        }[kind]
        yield f"{key!r} {read(key)!r}"


def answers(user: User, version: Any, executions: list[GraphExecution]) -> str:
    """What the API says of it all."""
    api = client_of(user)
    paths = [f"graphs/{execution.graph_id}/executions/{execution.id}" for execution in executions]
    paths += ["executions", "integrations/credentials", f"graphs/{version.graph_id}", "blocks"]
    return "\n".join(api.get(f"/api/v1/{path}").content.decode() for path in paths) + repr(graph_body(version))
