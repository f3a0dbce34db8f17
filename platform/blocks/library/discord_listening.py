"""Waiting for the next message that a person writes in Discord, by asking for it again and again."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from time import monotonic
from typing import Any

from blocks.context import Context
from blocks.errors import BlockError
from blocks.library.discord_channels import DISCORD, Channel, number
from blocks.service import text_in

#: The longest pause between two questions, while Discord refuses to answer.
MAX_PAUSE_SECONDS = 60
#: Refusals in a row after which the wait is given up.
MAX_REFUSALS = 8

#: What people write: a message, and an answer to one.
_WRITTEN = frozenset({0, 19})
_PASSING = frozenset({429, 500, 502, 503, 504})


@dataclass(frozen=True, slots=True)
class Message:
    """data: as Discord gives it."""

    channel: Channel
    data: dict[str, Any]

    @property
    def id(self) -> int:
        return number(text_in(self.data, "id"))


@dataclass(slots=True)
class Listener:
    """Looks for messages that are newer than a mark, the id of a message."""

    context: Context
    look: Callable[[], Awaitable[list[Channel]]]
    mark: int = 0
    refusals: int = 0

    async def wait(self, *, poll_seconds: float, wait_seconds: float) -> Message:
        """The oldest message beyond the mark. Raises BlockError when none comes in time."""
        deadline = monotonic() + wait_seconds
        while True:
            message = await self._patiently(self._next)
            if message is not None:
                return message
            if monotonic() >= deadline:
                raise BlockError(f"Nobody has written in Discord for {wait_seconds:.0f} seconds.")
            await asyncio.sleep(min(poll_seconds * 2**self.refusals, MAX_PAUSE_SECONDS))

    async def _patiently(self, ask: Callable[[], Awaitable[Message | None]]) -> Message | None:
        """None while Discord refuses, unless it does so for good or too often."""
        try:
            message = await ask()
        except BlockError as error:
            self.refusals += 1
            if error.data.get("status") not in _PASSING or self.refusals > MAX_REFUSALS:
                raise
            return None
        self.refusals = 0
        return message

    async def _next(self) -> Message | None:
        changed = [channel for channel in await self.look() if channel.newest > self.mark]
        found = [message for channel in changed for message in await self._written_in(channel)]
        if found:
            return min(found, key=lambda message: message.id)
        self.mark = max((channel.newest for channel in changed), default=self.mark)
        return None

    async def _written_in(self, channel: Channel) -> list[Message]:
        """What people wrote beyond the mark; nothing where the bot may not read."""
        path = f"/channels/{channel.id}/messages"
        try:
            found = await DISCORD.ask_list(self.context, "GET", path, params={"after": self.mark, "limit": 100})
        except BlockError as error:
            if error.data.get("status") == 403:
                return []
            raise
        return [Message(channel, entry) for entry in found if is_written(entry)]


def is_written(entry: Any) -> bool:
    """Whether a person wrote it."""
    if not isinstance(entry, dict) or entry.get("type", 0) not in _WRITTEN:
        return False
    author = entry.get("author")
    return isinstance(author, dict) and not author.get("bot") and "webhook_id" not in entry
