"""The channels that a bot of Discord sees (HTTP API, version 10)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from blocks.context import Context
from blocks.credentials import Credential
from blocks.errors import BlockError
from blocks.service import Service, text_in
from blocks.web import HeaderValue
from reliability.secrets import Secret

#: Servers that one look may go through, and the channels of each that can be written in: text and announcements.
MAX_SERVERS = 25
_WRITABLE = frozenset({0, 5})
#: Digits from which a name is taken for an id.
_ID_DIGITS = 15


def _headers(credential: Credential) -> Mapping[str, HeaderValue]:
    token = credential.secret.reveal().removeprefix("Bot ")
    return {"Authorization": Secret(f"Bot {token}"), "User-Agent": "DiscordBot (Sluice, 1)"}


DISCORD = Service("Discord", "https://discord.com/api/v10", _headers)


@dataclass(frozen=True, slots=True)
class Channel:
    """newest: the id of its last message; ids grow with time, over all channels."""

    id: str
    name: str
    server_id: str
    newest: int = 0


async def channels(context: Context, *, server_name: str = "", channel_name: str = "") -> list[Channel]:
    """Those that match; an empty name matches all. Raises BlockError when the bot is in too many servers."""
    servers = await DISCORD.ask_list(context, "GET", "/users/@me/guilds")
    wanted = [text_in(server, "id") for server in servers if _is_called(server, server_name)]
    if len(wanted) > MAX_SERVERS:
        raise BlockError(
            f"The bot is in {len(wanted)} servers of Discord; at most {MAX_SERVERS} are looked through: "
            "give server_name."
        )
    return [channel for server in wanted for channel in await _of_server(context, server, channel_name)]


async def find_channel(context: Context, *, name: str, server_name: str = "") -> str:
    """The id of the channel. name: it may be the id itself.

    Raises BlockError when there is none, and when several servers have one and none of them is named.
    """
    name = name.strip()
    if is_id(name):
        return name
    found = await channels(context, server_name=server_name, channel_name=name)
    if not found:
        raise BlockError(f"The bot sees no channel of Discord called {name[:100]}.")
    if len(found) > 1:
        raise BlockError(
            f"The bot sees {len(found)} channels of Discord called {name[:100]}: give its id as channel_name."
        )
    return found[0].id


def is_id(name: str) -> bool:
    return len(name) >= _ID_DIGITS and name.isascii() and name.isdecimal()


async def _of_server(context: Context, server_id: str, channel_name: str) -> list[Channel]:
    found = await DISCORD.ask_list(context, "GET", f"/guilds/{server_id}/channels")
    return [
        Channel(text_in(entry, "id"), text_in(entry, "name"), server_id, number(text_in(entry, "last_message_id")))
        for entry in found
        if isinstance(entry, dict) and entry.get("type") in _WRITABLE and _is_called(entry, channel_name)
    ]


def _is_called(entry: Any, name: str) -> bool:
    """Whether it has this name or this id; every one has the empty name."""
    name = name.strip().removeprefix("#")
    return not name or name in (text_in(entry, "id"), text_in(entry, "name"))


def number(snowflake: str) -> int:
    return int(snowflake) if snowflake.isascii() and snowflake.isdecimal() else 0
