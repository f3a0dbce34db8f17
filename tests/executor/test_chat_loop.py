"""A graph that talks with people in Discord, of the form in which such graphs are exported, through the real door."""

from collections.abc import Iterator
from typing import Any

import pytest

from accounts.credentials.contents import Contents
from accounts.credentials.storing import make_credential
from accounts.credentials.types import CredentialType
from accounts.models import User
from blocks.library.discord import ReadDiscordMessagesBlock
from executor.hosting.services import door
from executor.models import KeyValue, NodeOutput
from executor.statuses import Status
from graphs.document import GraphDocument
from reliability.secrets import Secret
from tests.executor.books import assert_books
from tests.executor.building import build
from tests.executor.running import node_executions, ran, statuses
from tests.factories import make_user
from tests.world.discord import Discord, written
from tests.world.server import World
from tests.world.server import world as opened

pytestmark = pytest.mark.django_db(transaction=True)

TOKEN = "bot-canary"


@pytest.fixture
def ada() -> User:
    return make_user()


@pytest.fixture
def world(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """Nobody waits there for long."""
    monkeypatch.setattr(ReadDiscordMessagesBlock, "poll_seconds", 0.01)
    monkeypatch.setattr(ReadDiscordMessagesBlock, "wait_seconds", 0.5)
    with opened() as made:
        made.hosts.add("discord.com")
        settings.SERVICE_ADDRESSES = made.service_addresses
        door.cache_clear()
        yield made
    door.cache_clear()


def chat(user: User) -> GraphDocument:
    """Whoever writes `!chat …` is answered by a model; then the graph listens again."""
    token = make_credential(
        user, provider="discord", type=CredentialType.API_KEY, contents=Contents(secret=Secret(TOKEN))
    )
    bot = {"credentials": {"id": str(token.id), "provider": "discord", "type": "api_key"}}
    return build(
        {
            "start": ("StoreValue", {"input": "go"}),
            "read": ("ReadDiscordMessages", bot),
            "match": ("ExtractTextInformation", {"pattern": "(?<=!chat ).*"}),
            "ask": ("AITextGenerator", {}),
            "send": ("SendDiscordMessage", bot),
            "again": ("StoreValue", {}),
        },
        [
            "start.output -> read.discord_bot_token",
            "read.message_content -> match.text",
            "match.positive -> ask.prompt",
            "ask.response -> send.message_content",
            "read.channel_name -> send.channel_name",
            "send.status -> again.input",
            "again.output -> read.discord_bot_token",
        ],
    )


def test_people_are_answered_one_after_the_other(ada: User, world: World) -> None:
    """The second message is written while the graph is busy with the first; after two nobody writes any more."""
    discord = Discord(world)
    news = [written(101, "!chat the harbour"), written(102, "!chat the bridge")]
    discord.on_look = lambda number: discord.general.messages.extend(news if number == 2 else [])
    discord.open()

    execution = ran(ada, chat(ada))

    reads = node_executions(execution, "read")
    assert statuses(reads) == [Status.COMPLETED, Status.COMPLETED, Status.FAILED]
    assert "Nobody has written in Discord" in reads[2].error
    answers = [message["content"] for message in discord.general.messages if message["author"].get("bot")]
    assert ["harbour" in answers[0], "bridge" in answers[1], len(answers)] == [True, True, 2]
    assert {call.headers["authorization"] for call in world.calls} == {f"Bot {TOKEN}"}
    assert_books(execution)


def test_the_token_is_kept_nowhere(ada: User, world: World) -> None:
    discord = Discord(world)
    discord.on_look = lambda number: discord.general.messages.extend(
        [written(101, f"!chat {TOKEN}")] if number == 2 else []
    )
    discord.open()

    execution = ran(ada, chat(ada))

    kept = [str(value) for value in KeyValue.objects.values_list("value", flat=True)]
    stored = [str(data) for data in NodeOutput.objects.values_list("data", flat=True)]
    errors = [row.error for row in node_executions(execution, "read")]
    assert [text for text in (*kept, *stored, *errors) if TOKEN in text] == []
    assert stored
