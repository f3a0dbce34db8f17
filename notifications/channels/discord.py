"""Messages to a webhook of Discord."""

import re
from typing import Any

import orjson

from notifications.channels.messages import Message, cut
from notifications.channels.posting import post
from notifications.channels.targets import Target
from reliability.net.door import Door

#: The most that Discord takes.
CHARACTERS = 2000
SUPPRESS_EMBEDS = 1 << 2
_MARKS = re.compile(r"([\\*_~`|>\[\]#])")


async def send(target: Target, message: Message, *, door: Door, seconds: float) -> int:
    """The status of the answer. Raises SendFailed."""
    return await post(door, target, headers={}, content=orjson.dumps(body_of(message)), seconds=seconds)


def body_of(message: Message) -> dict[str, Any]:
    """Nobody is called by it whose name is in a text, and no text is shown as anything but itself. Pure."""
    link = f"\n<{message.link}>" if message.link else ""
    text = cut(f"**{_plain(message.title)}**\n{_plain(message.text)}", CHARACTERS - len(link))
    return {"content": text + link, "allowed_mentions": {"parse": []}, "flags": SUPPRESS_EMBEDS}


def _plain(text: str) -> str:
    return _MARKS.sub(r"\\\1", text)
