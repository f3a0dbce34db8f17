"""Messages to an incoming webhook of Slack."""

from typing import Any

import orjson

from notifications.channels.messages import Message, cut
from notifications.channels.posting import post
from notifications.channels.targets import Target
from reliability.net.door import Door

#: Slack cuts at 40,000 and asks for no more than this.
CHARACTERS = 4000


async def send(target: Target, message: Message, *, door: Door, seconds: float) -> int:
    """The status of the answer. Raises SendFailed."""
    return await post(door, target, headers={}, content=orjson.dumps(body_of(message)), seconds=seconds)


def body_of(message: Message) -> dict[str, Any]:
    """Nobody is called by it whose name is in a text. Pure."""
    link = f"\n<{_escaped(message.link)}>" if message.link else ""
    text = cut(f"*{_escaped(message.title)}*\n{_escaped(message.text)}", CHARACTERS - len(link))
    return {"text": text + link, "unfurl_links": False, "unfurl_media": False}


def _escaped(text: str) -> str:
    """As Slack wants it: what is in angle brackets would be a link or a mention."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
