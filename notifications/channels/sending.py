"""Every way by which a message can go."""

from typing import Protocol

from notifications.channels import discord, email, slack, webhook
from notifications.channels.messages import Message
from notifications.channels.targets import Target, Way
from reliability.net.door import Door


class Send(Protocol):
    """The status of the answer. seconds: the longest that it may take.  Raises SendFailed."""

    async def __call__(self, target: Target, message: Message, *, door: Door, seconds: float) -> int: ...


SENDERS: dict[Way, Send] = {
    Way.DISCORD: discord.send,
    Way.SLACK: slack.send,
    Way.WEBHOOK: webhook.send,
    Way.EMAIL: email.send,
}


async def send(target: Target, message: Message, *, door: Door, seconds: float) -> int:
    """The status of the answer. Raises SendFailed."""
    return await SENDERS[target.way](target, message, door=door, seconds=seconds)
