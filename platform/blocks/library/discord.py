"""Reading and sending messages of Discord with the token of a bot."""

import hashlib
from collections.abc import AsyncIterator
from functools import partial
from typing import Any, ClassVar
from urllib.parse import urlsplit

from blocks.base import Block, Category, Effect, Example, Pin, Pins
from blocks.context import MISSING, Context
from blocks.credentials import CredentialReference, CredentialsPin
from blocks.errors import BlockError
from blocks.library.discord_channels import DISCORD, channels, find_channel, number
from blocks.library.discord_listening import Listener, Message
from blocks.prices import Price
from blocks.service import text_in

#: Characters that one message of Discord may have, and how many a long text may become.
MESSAGE_CHARACTERS = 2_000
MAX_MESSAGES = 20
#: Bytes of a text file that are read with its message.
FILE_BYTES = 100_000
FILE_HOSTS = frozenset({"cdn.discordapp.com", "media.discordapp.net"})


class DiscordPins(Pins):
    """What every block of Discord needs."""

    credentials: CredentialReference = CredentialsPin("discord", description="The token of a bot.")


class ReadDiscordMessagesBlock(Block):
    """Waits for one message. The next run in the same execution goes on after it, so that a loop misses none."""

    id = "df06086a-d5ac-4abb-9996-2ad0acb2eff7"
    description = "Waits for the next message in the channels that a bot of Discord sees, and gives it."
    categories = frozenset({Category.SOCIAL, Category.COMMUNICATION})
    effect = Effect.IDEMPOTENT
    prices = (Price(1),)
    timeout_seconds = 1_800
    examples = (
        Example(
            input={},
            memory={"discord#node-1": {"execution": "execution-1", "after": "100"}},
            output=[
                ("message_content", "!chat hello"),
                ("message_id", "101"),
                ("channel_id", "11"),
                ("channel_name", "general"),
                ("user_id", "21"),
                ("username", "ada"),
            ],
            web={
                "GET https://discord.com/api/v10/users/@me/guilds": [{"id": "1", "name": "Analysts"}],
                "GET https://discord.com/api/v10/guilds/1/channels": [
                    {"id": "11", "name": "general", "type": 0, "last_message_id": "101"}
                ],
                "GET https://discord.com/api/v10/channels/11/messages": [
                    {"id": "101", "type": 0, "content": "!chat hello", "author": {"id": "21", "username": "ada"}}
                ],
            },
        ),
    )
    poll_seconds: ClassVar[float] = 5
    wait_seconds: ClassVar[float] = 1_700

    class Input(DiscordPins):
        server_name: str = Pin(default="", description="Listen in this server only.")
        channel_name: str = Pin(default="", description="Listen in channels of this name only.")
        discord_bot_token: Any = Pin(default=None, hidden=True, description="Of old graphs. It only starts the block.")

    class Output(Pins):
        message_content: str = Pin(description="What was written, and the text of attached text files.")
        message_id: str = Pin(description="The id of the message.")
        channel_id: str = Pin(description="The id of its channel.")
        channel_name: str = Pin(description="The name of its channel.")
        user_id: str = Pin(description="The id of who wrote it.")
        username: str = Pin(description="The name of who wrote it.")
        error: str = Pin(description="Why there is no message.")

    async def run(self, input: Input, context: Context) -> AsyncIterator[tuple[str, Any]]:
        look = partial(channels, context, server_name=input.server_name, channel_name=input.channel_name)
        start = await kept_mark(context)
        if start is None:
            start = max((channel.newest for channel in await look()), default=0)
        await remember(context, after=start)
        message = await Listener(context, look, mark=start).wait(
            poll_seconds=self.poll_seconds, wait_seconds=self.wait_seconds
        )
        await remember(context, after=start, seen=message.id)
        for output in await message_outputs(context, message):
            yield output


class SendDiscordMessageBlock(Block):
    """Sends a text; a long one as several messages. People can be mentioned in it, everybody at once cannot."""

    id = "d0822ab5-9f8a-44a3-8971-531dd0178b6b"
    description = "Sends a message to a channel of Discord."
    categories = frozenset({Category.SOCIAL, Category.COMMUNICATION})
    prices = (Price(1),)
    is_sensitive = True
    examples = (
        Example(
            input={"message_content": "Hello, Ada!", "channel_name": "general"},
            output=[("status", "Message sent"), ("message_id", "102"), ("channel_id", "11")],
            web={
                "GET https://discord.com/api/v10/users/@me/guilds": [{"id": "1", "name": "Analysts"}],
                "GET https://discord.com/api/v10/guilds/1/channels": [{"id": "11", "name": "general", "type": 0}],
                "POST https://discord.com/api/v10/channels/11/messages": {"id": "102"},
            },
        ),
    )

    class Input(DiscordPins):
        message_content: str = Pin(description="The text.")
        channel_name: str = Pin(description="The channel's name or id.")
        server_name: str = Pin(default="", description="The name of the server, where a name alone is not enough.")

    class Output(Pins):
        status: str = Pin(description="That the message was sent.")
        message_id: str = Pin(description="The id of the message; of the first, if there are several.")
        channel_id: str = Pin(description="The id of the channel.")
        error: str = Pin(description="Why it was not sent.")

    async def run(self, input: Input, context: Context) -> AsyncIterator[tuple[str, Any]]:
        texts = pieces(input.message_content)
        channel_id = await find_channel(context, name=input.channel_name, server_name=input.server_name)
        sent = [await send(context, channel_id, text, turn) for turn, text in enumerate(texts)]
        yield "status", "Message sent"
        yield "message_id", sent[0]
        yield "channel_id", channel_id


async def send(context: Context, channel_id: str, text: str, turn: int) -> str:
    """The id of the message. Discord takes a nonce only once within some minutes, so a second try is harmless."""
    body = {
        "content": text,
        "nonce": f"{hashlib.sha256(context.node_execution_id.encode()).hexdigest()[:20]}-{turn}",
        "enforce_nonce": True,
        "allowed_mentions": {"parse": ["users"]},
    }
    return text_in(await DISCORD.ask(context, "POST", f"/channels/{channel_id}/messages", json=body), "id")


def pieces(text: str) -> list[str]:
    """The text in parts that Discord takes, cut at the end of a line or word if possible. Raises BlockError."""
    parts: list[str] = []
    rest = text.strip()
    while rest and len(parts) <= MAX_MESSAGES:
        cut = _place_to_cut(rest)
        parts.append(rest[:cut].rstrip())
        rest = rest[cut:].lstrip()
    if not parts:
        raise BlockError("message_content is empty.")
    if rest or len(parts) > MAX_MESSAGES:
        raise BlockError(
            f"message_content has {len(text)} characters; at most {MAX_MESSAGES} messages of {MESSAGE_CHARACTERS} "
            "are sent at once."
        )
    return parts


def _place_to_cut(text: str) -> int:
    if len(text) <= MESSAGE_CHARACTERS:
        return len(text)
    piece = text[: MESSAGE_CHARACTERS + 1]
    ends = (piece.rfind(mark) for mark in ("\n", " "))
    return next((end for end in ends if end > MESSAGE_CHARACTERS // 2), MESSAGE_CHARACTERS)


async def kept_mark(context: Context) -> int | None:
    """The message after which to listen; None where this execution has not listened at this node before.

    A node execution that runs again starts where it did the first time, and so finds the same message.
    """
    kept = await context.services.memory.get(_key(context))
    if kept is MISSING or not isinstance(kept, dict) or kept.get("execution") != context.execution_id:
        return None
    is_again = kept.get("node_execution") == context.node_execution_id
    return number(text_in(kept, "after" if is_again or not kept.get("seen") else "seen"))


async def remember(context: Context, *, after: int, seen: int = 0) -> None:
    ids = {"execution": context.execution_id, "node_execution": context.node_execution_id}
    await context.services.memory.put(_key(context), ids | {"after": str(after), "seen": str(seen) if seen else ""})


async def message_outputs(context: Context, message: Message) -> list[tuple[str, Any]]:
    return [
        ("message_content", "\n\n".join([text_in(message.data, "content"), *await _texts_of_files(context, message)])),
        ("message_id", text_in(message.data, "id")),
        ("channel_id", message.channel.id),
        ("channel_name", message.channel.name),
        ("user_id", text_in(message.data, "author", "id")),
        ("username", text_in(message.data, "author", "username")),
    ]


async def _texts_of_files(context: Context, message: Message) -> list[str]:
    """The attached text files that are small, each below its name."""
    files = [file for file in message.data.get("attachments") or [] if _is_small_text(file)]
    texts = []
    for file in files:
        answer = await context.services.web.request("GET", text_in(file, "url"), hosts=FILE_HOSTS)
        if answer.is_ok:
            texts.append(f"{text_in(file, 'filename')}:\n{answer.text}")
    return texts


def _is_small_text(file: Any) -> bool:
    return (
        text_in(file, "content_type").startswith("text/")
        and number(text_in(file, "size")) <= FILE_BYTES
        and urlsplit(text_in(file, "url")).hostname in FILE_HOSTS
    )


def _key(context: Context) -> str:
    return f"discord#{context.node_id}"
