"""What is reported of errors: that something failed and where, and nothing of what it worked on."""

import logging
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
import sentry_sdk
from django.test import Client
from sentry_sdk.envelope import Envelope
from sentry_sdk.transport import Transport

from accounts.models import User
from blocks.base import Block, Category, Effect, Example, Pin, Pins
from blocks.context import Context
from blocks.errors import BlockError
from blocks.registry import registry
from config.sentry import report_errors
from reliability.errors import Unavailable
from tests.executor.building import build
from tests.executor.running import ran
from tests.factories import make_user

CANARY = "canary-4711"
DSN = "https://key@example.org/1"


class FaultyBlock(Block):
    id = "89317d54-f5c7-4c6f-a32f-977f7cdefda4"
    description = "Fails as nobody expects, and tells what it had in hand."
    categories = frozenset({Category.BASIC})
    effect = Effect.PURE

    class Input(Pins):
        message: str = Pin("")

    class Output(Pins):
        message: Any = Pin()

    examples = (Example(input={"message": ""}, output=[("message", "")]),)

    async def run(self, input: Input, context: Context) -> AsyncIterator[tuple[str, Any]]:
        if input.message:
            raise RuntimeError(f"A fault with {input.message}") from KeyError(input.message)
        yield "message", ""


registry.register(FaultyBlock)


class Kept(Transport):
    """Keeps what would be sent."""

    def __init__(self) -> None:
        super().__init__()
        self.envelopes: list[Envelope] = []

    def capture_envelope(self, envelope: Envelope) -> None:
        self.envelopes.append(envelope)

    @property
    def events(self) -> list[Any]:
        return [event for envelope in self.envelopes if (event := envelope.get_event()) is not None]

    @property
    def bytes(self) -> bytes:
        return b"".join(envelope.serialize() for envelope in self.envelopes)


@pytest.fixture
def kept() -> Iterator[Kept]:
    kept = Kept()
    with sentry_sdk.isolation_scope():
        report_errors(DSN, transport=kept)
        yield kept
        sentry_sdk.get_client().close()
    sentry_sdk.init()


def test_nothing_is_reported_without_a_dsn() -> None:
    before = sentry_sdk.get_client()
    report_errors("")
    assert sentry_sdk.get_client() is before


def test_a_fault_is_reported_with_its_place_and_without_what_it_says(kept: Kept) -> None:
    secret = CANARY
    try:
        raise ZeroDivisionError(f"cannot divide {secret}")
    except ZeroDivisionError:
        extra = {"action": "tried", "node": "n1", "reason": CANARY}
        logging.getLogger("executor").exception("It failed: %s", CANARY, extra=extra)
    [event] = kept.events
    [raised] = event["exception"]["values"]
    assert raised["type"] == "ZeroDivisionError"
    assert raised["stacktrace"]["frames"][-1]["function"].startswith("test_a_fault_is_reported")
    assert event["tags"] == {"action": "tried", "node": "n1"}
    assert CANARY.encode() not in kept.bytes


@pytest.mark.parametrize(("error", "is_reported"), [(BlockError("no"), False), (Unavailable("away"), True)])
def test_what_can_be_expected_is_not_reported(error: Exception, is_reported: bool, kept: Kept) -> None:
    sentry_sdk.capture_exception(error)
    assert bool(kept.events) is is_reported


@pytest.mark.django_db(transaction=True)
def test_what_was_asked_for_is_not_reported(kept: Kept, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    client.raise_request_exception = False
    monkeypatch.setattr("config.metrics.page.registry", _broken)
    user = make_user("admin@example.org", is_staff=True, password=CANARY)
    assert client.login(username=user.email, password=CANARY)
    answer = client.get(f"/metrics?secret={CANARY}", headers={"X-Secret": CANARY})
    assert answer.status_code == 500
    [event, *_] = kept.events
    assert event["request"].keys() == {"method"}
    assert CANARY.encode() not in kept.bytes
    assert user.email.encode() not in kept.bytes


@pytest.mark.django_db(transaction=True)
def test_a_block_with_a_fault_is_reported_without_its_inputs(kept: Kept) -> None:
    user = make_user()
    execution = ran(user, build({"x": ("Faulty", {"message": CANARY})}))
    _is_named(kept, user, str(execution.id), str(execution.graph_id))
    assert CANARY.encode() not in kept.bytes


def _broken() -> Any:
    raise RuntimeError(f"A fault with {CANARY}")


def _is_named(kept: Kept, user: User, execution: str, graph: str) -> None:
    [event] = kept.events
    assert event["user"] == {"id": str(user.pk)}
    tags = event["tags"]
    assert (tags["execution"], tags["graph"], tags["block"]) == (execution, graph, "Faulty")
    assert tags["node"]
    assert tags["where"].startswith("RuntimeError in test_sentry.py:")
