"""Texts that are seen while blocks write them: in pieces, few and small, without secrets, and holding nobody up."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import pytest
from django.conf import LazySettings

from accounts.credentials.contents import Contents
from accounts.credentials.storing import make_credential
from accounts.credentials.types import CredentialType
from accounts.models import User
from executor.engine import live_texts
from executor.events import texts_shown
from executor.jobs import run_execution
from executor.models import GraphExecution
from executor.statuses import Status
from graphs.document import GraphDocument
from reliability.secrets import MASK, Secret
from tests.executor import writing_blocks
from tests.executor.building import build, result, with_policy
from tests.executor.running import fresh, node_executions, outputs, started
from tests.executor.watching import Watch, watching
from tests.executor.writing_blocks import GATE, SCRIPTS
from tests.factories import make_user

pytestmark = pytest.mark.django_db(transaction=True)

writing_blocks.register_here()

SECRET = 'canary-"quoted"/ä+1'


@pytest.fixture
def ada(redis_url: str) -> User:
    SCRIPTS.clear()
    return make_user()


@pytest.fixture
def watch() -> Iterator[Watch]:
    with watching() as made:
        yield made


def writer(**constants: Any) -> GraphDocument:
    return build(
        {"writer": ("Writer", {"script": "script", **constants}), "said": result("said")},
        ["writer.text -> said.value"],
    )


def say(*texts: Any) -> None:
    for text in texts:
        SCRIPTS["script"].put_nowait(text)


def run(execution: GraphExecution, scenario: Callable[[], Awaitable[object]]) -> GraphExecution:
    """Run it, and the scenario beside it; the scenario's end ends the script."""

    async def both() -> None:
        task = asyncio.create_task(run_execution(str(execution.id)))
        try:
            await scenario()
        finally:
            say(None)
            await asyncio.wait_for(task, 20)

    asyncio.run(both())
    return fresh(execution)


def test_text_is_seen_while_it_is_written_and_only_its_output_is_stored(ada: User, watch: Watch) -> None:
    async def scenario() -> None:
        say("Hel")
        await watch.until(lambda: watch.newest() == "Hel")
        say("Hello")
        await watch.until(lambda: watch.newest() == "Hello")

    execution = run(started(ada, writer()), scenario)

    (node,) = node_executions(execution, "writer")
    assert [(piece.number, piece.text) for piece in watch.pieces] == [(0, "Hel"), (1, "lo")]
    assert {(piece.execution_id, piece.node_execution_id) for piece in watch.pieces} == {
        (str(execution.id), str(node.id))
    }
    assert (execution.status, outputs(execution)) == (Status.COMPLETED, {"said": ["Hello"]})


def test_many_changes_make_few_pieces(ada: User, watch: Watch) -> None:
    text = "x" * 400

    async def scenario() -> None:
        began = asyncio.get_running_loop().time()
        say(*(text[:count] for count in range(1, 401)))
        await watch.until(lambda: watch.newest() == text)
        seconds = asyncio.get_running_loop().time() - began
        assert len(watch.pieces) <= seconds / live_texts.ROUND_SECONDS + 2

    run(started(ada, writer()), scenario)

    assert len(watch.pieces) < 40


def test_pieces_are_small_and_there_is_an_end_to_them(ada: User, watch: Watch, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_texts, "ROUND_SECONDS", 0.0)
    text = "ä€🐦" * 100_000

    async def scenario() -> None:
        say(text)
        await watch.until(lambda: watch.newest().endswith(live_texts.MORE))
        say(text + "more")

    execution = run(started(ada, writer()), scenario)

    sizes = [len(piece.text.encode()) for piece in watch.pieces]
    assert max(sizes) <= 8 * 1024
    assert (
        live_texts.NODE_MAX_BYTES - live_texts.CHARACTER_MAX_BYTES
        <= sum(sizes)
        <= live_texts.NODE_MAX_BYTES + len(live_texts.MORE.encode())
    )
    assert text.startswith(watch.newest().removesuffix(live_texts.MORE))
    assert execution.status == Status.COMPLETED


def test_of_many_writers_some_wait_for_the_next_round(ada: User, watch: Watch, settings: LazySettings) -> None:
    count = settings.NODES_IN_FLIGHT = live_texts.PIECES_MAX + 3
    rounds: list[int] = []
    names = [f"w{number}" for number in range(count)]
    document = build({name: ("Writer", {"script": name}) for name in names})

    async def listen(sender: object, *, texts: list[Any], **kwargs: Any) -> None:
        rounds.append(len(texts))

    async def scenario() -> None:
        for name in names:
            SCRIPTS[name].put_nowait("text")
        await watch.until(lambda: len(watch.pieces) == count)
        for name in names:
            SCRIPTS[name].put_nowait(None)

    texts_shown.connect(listen, weak=False)
    try:
        run(started(ada, document), scenario)
    finally:
        texts_shown.disconnect(listen)

    assert max(rounds) <= live_texts.PIECES_MAX
    assert len({piece.node_execution_id for piece in watch.pieces}) == count


def test_secret_is_masked_though_it_comes_in_parts(ada: User, watch: Watch) -> None:
    contents = Contents(secret=Secret(SECRET))
    key = make_credential(ada, provider="vault", type=CredentialType.API_KEY, contents=contents)
    reference = {"id": str(key.id), "provider": "vault", "type": "api_key"}

    async def scenario() -> None:
        for cut in range(1, len(SECRET)):
            say(f"It is {SECRET[:cut]}")
        await watch.until(lambda: watch.newest() == "It is ")
        say(f"It is {SECRET}!")
        await watch.until(lambda: watch.newest() == f"It is {MASK}!")

    execution = run(started(ada, writer(credentials=reference)), scenario)

    assert SECRET[:4] not in "".join(piece.text for piece in watch.pieces)
    assert execution.status == Status.COMPLETED


def test_text_that_ends_within_a_secret_never_shows_its_beginning(ada: User, watch: Watch) -> None:
    contents = Contents(secret=Secret(SECRET))
    key = make_credential(ada, provider="vault", type=CredentialType.API_KEY, contents=contents)
    reference = {"id": str(key.id), "provider": "vault", "type": "api_key"}

    async def scenario() -> None:
        say(f"It is {SECRET[:-1]}")
        await watch.until(lambda: watch.newest() == "It is ")

    run(started(ada, writer(credentials=reference)), scenario)

    assert watch.newest() == "It is "


def test_another_text_replaces_the_one_before(ada: User, watch: Watch) -> None:
    async def scenario() -> None:
        say("First.")
        await watch.until(lambda: watch.newest() == "First.")
        say("Second.")
        await watch.until(lambda: watch.newest() == "Second.")

    run(started(ada, writer()), scenario)

    assert [(piece.attempt, piece.answer, piece.number) for piece in watch.pieces] == [(1, 1, 0), (1, 2, 0)]


def test_text_of_another_try_replaces_that_of_the_first_even_if_it_goes_on_from_it(ada: User, watch: Watch) -> None:
    async def scenario() -> None:
        say("Once")
        await watch.until(lambda: watch.newest() == "Once")
        say(ValueError("no luck"), "Once more")
        await watch.until(lambda: watch.newest() == "Once more")

    document = with_policy(writer(), "writer", retries=1, retry_backoff_seconds=0)
    execution = run(started(ada, document), scenario)

    shown = [(piece.attempt, piece.number, piece.text) for piece in watch.pieces]
    assert shown == [(1, 0, "Once"), (2, 0, "Once more")]
    assert outputs(execution) == {"said": ["Once more"]}


def test_whoever_does_not_listen_holds_nobody_up(ada: User, watch: Watch) -> None:
    heard = asyncio.Event()

    async def never(sender: object, **kwargs: Any) -> None:
        heard.set()
        await asyncio.get_running_loop().create_future()

    async def scenario() -> None:
        say("Hel")
        await asyncio.wait_for(heard.wait(), 10)
        say("Hello")

    texts_shown.connect(never, weak=False)
    try:
        execution = run(started(ada, writer()), scenario)
    finally:
        texts_shown.disconnect(never)

    assert (execution.status, outputs(execution)) == (Status.COMPLETED, {"said": ["Hello"]})


def test_listener_that_fails_is_logged_and_changes_nothing(
    ada: User, watch: Watch, caplog: pytest.LogCaptureFixture
) -> None:
    async def broken(sender: object, **kwargs: Any) -> None:
        raise RuntimeError("broken")

    async def scenario() -> None:
        say("Hel")
        await watch.until(lambda: watch.newest() == "Hel")

    texts_shown.connect(broken, weak=False)
    try:
        execution = run(started(ada, writer()), scenario)
    finally:
        texts_shown.disconnect(broken)

    assert execution.status == Status.COMPLETED
    assert any("A listener failed" in record.message for record in caplog.records)


@pytest.mark.parametrize(
    ("options", "knobs"),
    [
        ({"is_dry_run": True}, {}),
        ({}, {"MODERATION_HOOK": "tests.executor.moderators.strict_with_outputs"}),
        ({}, {"LIVE_TEXTS_ENABLED": False}),
    ],
)
def test_nothing_is_seen_where_nothing_may_be(
    ada: User, watch: Watch, settings: LazySettings, options: dict[str, Any], knobs: dict[str, Any]
) -> None:
    for name, value in knobs.items():
        setattr(settings, name, value)

    async def scenario() -> None:
        say("Hel", "Hello")

    execution = run(started(ada, writer(), **options), scenario)

    assert (execution.status, outputs(execution)) == (Status.COMPLETED, {"said": ["Hello"]})
    assert watch.pieces == []


def test_block_in_a_thread_shows_its_text_too(ada: User, watch: Watch) -> None:
    document = build({"w": ("ThreadedWriter", {"text": "From afar"}), "on": result("on")}, ["w.is_on -> on.value"])
    GATE.clear()

    async def scenario() -> None:
        try:
            await watch.until(lambda: watch.newest() == "From afar")
        finally:
            GATE.set()

    execution = run(started(ada, document), scenario)

    assert outputs(execution) == {"on": [True]}


def test_what_databases_and_sockets_do_not_like_is_replaced(ada: User, watch: Watch) -> None:
    async def scenario() -> None:
        say("half a bird \ud83d")
        await watch.until(lambda: watch.newest() == "half a bird ?")
        say("whole")

    run(started(ada, writer()), scenario)
