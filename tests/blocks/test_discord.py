from dataclasses import replace
from typing import Any

import pytest

from blocks.context import Context
from blocks.errors import BlockError
from blocks.library.discord import (
    MAX_MESSAGES,
    MESSAGE_CHARACTERS,
    ReadDiscordMessagesBlock,
    SendDiscordMessageBlock,
    pieces,
)
from blocks.library.discord_channels import MAX_SERVERS
from tests.blocks.fakes import make_context, memory_of
from tests.blocks.running import CANARY, Emitted, credentials_for, outputs, references
from tests.blocks.services import ask
from tests.world.discord import CHANNELS, NEW_MESSAGE, SERVERS, Channel, Discord, of_a_bot, written
from tests.world.server import World
from tests.world.troubles import Trouble, assert_told, each_trouble

HELLO = {"message_content": "Hello, Ada!", "channel_name": "general"}


class Quick(ReadDiscordMessagesBlock):
    """Looks again at once."""

    poll_seconds = 0.001
    wait_seconds = 5


class Brief(ReadDiscordMessagesBlock):
    """Looks once."""

    poll_seconds = 0.001
    wait_seconds = 0


def context_of(world: World) -> Context:
    return make_context(web=world.web(), credentials=credentials_for(Quick()))


async def read(context: Context, block: ReadDiscordMessagesBlock | None = None, **wishes: Any) -> Emitted:
    block = block or Quick()
    return await outputs(block, references(block) | wishes, context)


async def test_message_is_sent_to_the_channel_of_that_name(world: World) -> None:
    discord = Discord(world)
    discord.open()

    emitted = await ask(SendDiscordMessageBlock(), HELLO, world)

    assert emitted == [("status", "Message sent"), ("message_id", "900"), ("channel_id", "11")]
    assert [one["content"] for one in discord.general.messages] == ["Hello, Ada!"]
    assert {call.headers["authorization"] for call in world.calls} == {f"Bot {CANARY}"}
    assert world.asked("POST", "https://discord.com/api/v10/channels/11/messages")[0].json["allowed_mentions"] == {
        "parse": ["users"]
    }


async def test_channel_is_taken_by_its_id_without_looking(world: World) -> None:
    discord = Discord(world, servers={"Analysts": [Channel("123456789012345678", "general")]})
    discord.open()

    await ask(SendDiscordMessageBlock(), HELLO | {"channel_name": "123456789012345678"}, world)

    assert [call.method for call in world.calls] == ["POST"]


async def test_long_text_is_sent_in_parts(world: World) -> None:
    discord = Discord(world)
    discord.open()
    text = "\n".join("word " * 60 for _ in range(20))

    emitted = await ask(SendDiscordMessageBlock(), HELLO | {"message_content": text}, world)

    sent = [one["content"] for one in discord.general.messages]
    assert len(sent) == 4
    assert " ".join(" ".join(sent).split()) == " ".join(text.split())
    assert emitted[1] == ("message_id", "900")


async def test_second_try_of_a_node_execution_sends_nothing_twice(world: World) -> None:
    discord = Discord(world)
    discord.open()
    inputs = HELLO | {"message_content": "x" * 3000}

    assert await ask(SendDiscordMessageBlock(), inputs, world) == await ask(SendDiscordMessageBlock(), inputs, world)
    assert [len(one["content"]) for one in discord.general.messages] == [2000, 1000]


async def test_another_node_execution_sends_the_same_text_again(world: World) -> None:
    discord = Discord(world)
    discord.open()
    context = context_of(world)

    for number in (1, 2):
        await outputs(
            SendDiscordMessageBlock(),
            references(SendDiscordMessageBlock()) | HELLO,
            replace(context, node_execution_id=f"node-execution-{number}"),
        )

    assert len(discord.general.messages) == 2


@pytest.mark.parametrize(
    ("wishes", "says"),
    [
        ({"channel_name": "secret"}, "sees no channel of Discord called secret"),
        ({"channel_name": "general"}, "sees 2 channels of Discord called general"),
        ({"channel_name": "voice"}, "sees no channel of Discord called voice"),
        ({"message_content": "  \n "}, "message_content is empty"),
    ],
)
async def test_nothing_is_sent_anywhere_by_chance(world: World, wishes: dict[str, str], says: str) -> None:
    servers = {
        "Analysts": [Channel("11", "general"), Channel("12", "voice", kind=2)],
        "Poets": [Channel("13", "general")],
    }
    discord = Discord(world, servers=servers)
    discord.open()

    with pytest.raises(BlockError, match=says):
        await ask(SendDiscordMessageBlock(), HELLO | wishes, world)
    assert [call.method for call in world.calls if call.method == "POST"] == []


@pytest.mark.parametrize("server", ["Poets", "2"])
async def test_server_tells_channels_of_one_name_apart(world: World, server: str) -> None:
    Discord(world, servers={"Analysts": [Channel("11", "general")], "Poets": [Channel("13", "general")]}).open()

    emitted = await ask(SendDiscordMessageBlock(), HELLO | {"server_name": server, "channel_name": "#general"}, world)

    assert emitted[2] == ("channel_id", "13")


async def test_not_more_servers_are_looked_through_than_allowed(world: World) -> None:
    discord = Discord(world, servers={f"Server {number}": [] for number in range(MAX_SERVERS + 1)})
    discord.open()

    with pytest.raises(BlockError, match="is in 26 servers of Discord; at most 25"):
        await ask(SendDiscordMessageBlock(), HELLO, world)
    assert discord.looks == 0


def test_text_is_cut_between_lines_or_words() -> None:
    line, word = "a" * 1500, "b" * 900

    assert pieces(f"{line}\n{word}") == [line, word]
    assert pieces(f"{line} {word}") == [line, word]
    assert pieces("c" * 4001) == ["c" * 2000, "c" * 2000, "c"]
    assert pieces("d" * 2000) == ["d" * 2000]
    assert pieces(f"e\n{'f' * 2500}") == [f"e\n{'f' * 1998}", "f" * 502]


def test_text_beyond_the_limit_is_refused() -> None:
    assert len(pieces("x" * MESSAGE_CHARACTERS * MAX_MESSAGES)) == MAX_MESSAGES
    with pytest.raises(BlockError, match="has 40001 characters; at most 20 messages of 2000"):
        pieces("x" * (MESSAGE_CHARACTERS * MAX_MESSAGES + 1))


async def test_the_next_message_of_a_person_is_given(world: World) -> None:
    discord = Discord(world)
    discord.general.messages.append(written(100, "old"))
    news = [of_a_bot(101, "I am a bot"), written(102, "joined", type=7), written(103, "!chat hello"), written(104, "x")]
    discord.on_look = lambda number: discord.general.messages.extend(news if number == 3 else [])
    discord.open()

    emitted = await read(context_of(world))

    assert emitted == [
        ("message_content", "!chat hello"),
        ("message_id", "103"),
        ("channel_id", "11"),
        ("channel_name", "general"),
        ("user_id", "21"),
        ("username", "ada"),
    ]


async def test_the_oldest_of_several_channels_comes_first(world: World) -> None:
    discord = Discord(
        world, servers={"Analysts": [Channel("11", "a"), Channel("12", "b")], "Poets": [Channel("13", "c")]}
    )
    first, second = discord.servers["Analysts"]

    def write(number: int) -> None:
        if number == 2:
            first.messages.append(written(105, "later"))
            second.messages.append(written(103, "sooner"))

    discord.on_look = write
    discord.open()

    assert dict(await read(context_of(world)))["message_content"] == "sooner"


async def test_a_loop_misses_no_message(world: World) -> None:
    """Two are written while the graph is busy with the first."""
    discord = Discord(world)
    discord.on_look = lambda number: discord.general.messages.extend([written(101, "one")] if number == 2 else [])
    discord.open()
    context = context_of(world)
    first = await read(context)
    discord.general.messages += [written(102, "two"), of_a_bot(103, "answer"), written(104, "three")]

    later = [await read(replace(context, node_execution_id=f"node-execution-{number}")) for number in (2, 3)]

    assert [dict(run)["message_content"] for run in (first, *later)] == ["one", "two", "three"]


async def test_a_run_that_is_repeated_gives_the_same_message(world: World) -> None:
    discord = Discord(world)
    discord.on_look = lambda number: discord.general.messages.extend([written(101, "one")] if number == 2 else [])
    discord.open()
    context = context_of(world)

    first = await read(context)
    discord.general.messages.append(written(102, "two"))

    assert await read(context) == first


async def test_another_execution_starts_with_what_comes_then(world: World) -> None:
    discord = Discord(world)
    discord.on_look = lambda number: discord.general.messages.extend([written(101, "one")] if number == 2 else [])
    discord.open()
    context = context_of(world)
    await read(context)
    discord.general.messages.append(written(102, "meanwhile"))

    with pytest.raises(BlockError, match="Nobody has written"):
        await read(replace(context, execution_id="execution-2"), Brief())


async def test_only_the_named_channel_is_listened_to(world: World) -> None:
    discord = Discord(world, servers={"Analysts": [Channel("11", "general"), Channel("12", "bots")]})
    general, bots = discord.servers["Analysts"]

    def write(number: int) -> None:
        if number == 2:
            general.messages.append(written(101, "not for you"))
            bots.messages.append(written(102, "for you"))

    discord.on_look = write
    discord.open()

    assert dict(await read(context_of(world), channel_name="bots"))["message_content"] == "for you"


async def test_nobody_writes_in_time(world: World) -> None:
    Discord(world).open()

    with pytest.raises(BlockError, match="Nobody has written in Discord for 0 seconds"):
        await read(context_of(world), Brief())


async def test_channel_that_may_not_be_read_is_passed_over(world: World) -> None:
    discord = Discord(world, servers={"Analysts": [Channel("11", "closed"), Channel("12", "open")]})
    closed, open_one = discord.servers["Analysts"]

    def write(number: int) -> None:
        if number == 2:
            closed.messages.append(written(101, "secret"))
            open_one.messages.append(written(102, "hello"))

    discord.on_look = write
    discord.open()
    world.says("GET https://discord.com/api/v10/channels/11/messages", (403, {"message": "Missing Access"}))

    assert dict(await read(context_of(world)))["message_content"] == "hello"


async def test_a_passing_refusal_is_waited_out(world: World) -> None:
    discord = Discord(world)
    discord.open()
    refusals = iter([(429, {"message": "You are being rate limited."}), (503, "")])
    discord.on_look = lambda number: discord.general.messages.extend([written(101, "one")] if number == 2 else [])
    servers = [{"id": "1", "name": "Analysts"}]
    asked = iter(range(100))
    world.says(SERVERS, lambda call: next(refusals, servers) if next(asked) else servers)

    assert dict(await read(context_of(world)))["message_content"] == "one"


async def test_a_token_that_is_taken_away_ends_the_wait(world: World) -> None:
    discord = Discord(world)
    discord.open()
    asked = iter([[{"id": "1", "name": "Analysts"}]])
    world.says(SERVERS, lambda call: next(asked, (401, {"message": "401: Unauthorized"})))

    with pytest.raises(BlockError, match="Discord answered with status 401"):
        await read(context_of(world))


async def test_small_text_files_are_read_with_their_message(world: World) -> None:
    discord = Discord(world)
    files = [
        {
            "filename": "a.txt",
            "content_type": "text/plain; charset=utf-8",
            "size": 4,
            "url": "https://cdn.discordapp.com/a",
        },
        {"filename": "b.txt", "content_type": "text/plain", "size": 200_000, "url": "https://cdn.discordapp.com/b"},
        {"filename": "c.png", "content_type": "image/png", "size": 4, "url": "https://cdn.discordapp.com/c"},
        {"filename": "d.txt", "content_type": "text/plain", "size": 4, "url": "https://example.org/d"},
    ]
    discord.on_look = lambda number: discord.general.messages.extend(
        [written(101, "see", attachments=files)] if number == 2 else []
    )
    discord.open()
    world.says("GET https://cdn.discordapp.com/a", "tést")

    emitted = dict(await read(context_of(world)))

    assert emitted["message_content"] == "see\n\na.txt:\ntést"


async def test_an_old_graph_starts_the_block_by_a_token_that_is_not_used(world: World) -> None:
    discord = Discord(world)
    discord.on_look = lambda number: discord.general.messages.extend([written(101, "one")] if number == 2 else [])
    discord.open()
    context = context_of(world)

    await read(context, discord_bot_token="a token of the author")

    assert {call.headers["authorization"] for call in world.calls} == {f"Bot {CANARY}"}
    assert CANARY not in str(memory_of(context).values)


@each_trouble
@pytest.mark.parametrize("asked", [SERVERS, CHANNELS, NEW_MESSAGE], ids=["servers", "channels", "message"])
async def test_trouble_is_told_when_sending(trouble: Trouble, world: World, asked: str) -> None:
    Discord(world).open()
    await assert_told(trouble, world, asked, SendDiscordMessageBlock(), HELLO)


@each_trouble
@pytest.mark.parametrize("asked", [SERVERS, CHANNELS], ids=["servers", "channels"])
async def test_trouble_is_told_when_reading(trouble: Trouble, world: World, asked: str) -> None:
    Discord(world).open()
    await assert_told(trouble, world, asked, Brief(), {})
