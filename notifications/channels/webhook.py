"""Messages to any server, signed as the Standard Webhooks specification says."""

from datetime import UTC, datetime
from typing import Any

import orjson
from standardwebhooks import Webhook as Signature

from notifications.channels.messages import Message
from notifications.channels.posting import post
from notifications.channels.targets import Target
from reliability.net.door import Door


async def send(target: Target, message: Message, *, door: Door, seconds: float) -> int:
    """The status of the answer. Raises SendFailed."""
    content = orjson.dumps(body_of(message))
    headers = headers_of(target, message, content, now=datetime.now(UTC))
    return await post(door, target, headers=headers, content=content, seconds=seconds)


def body_of(message: Message) -> dict[str, Any]:
    data = {"title": message.title, "text": message.text, "link": message.link, **message.data}
    return {"type": message.type, "timestamp": message.happened_at, "data": data}


def headers_of(target: Target, message: Message, content: bytes, *, now: datetime) -> dict[str, str]:
    """now: it is signed, too, and receivers refuse what is old."""
    return {
        "webhook-id": message.id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": Signature(target.secret.reveal()).sign(message.id, now, content.decode()),
    }
