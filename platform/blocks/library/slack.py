"""Sending messages to Slack (chat.postMessage) with the token of a bot."""

from collections.abc import AsyncIterator
from typing import Any

from blocks.base import Block, Category, Example, Pin, Pins
from blocks.context import Context
from blocks.credentials import CredentialReference, CredentialsPin, CredentialType
from blocks.errors import BlockError
from blocks.prices import Price
from blocks.service import Service, text_in

#: Slack cuts what is longer.
TEXT_CHARACTERS = 40_000

SLACK = Service("Slack", "https://slack.com/api")


class SendSlackMessageBlock(Block):
    """Sends a message to a channel, a person or a thread."""

    id = "50cf5290-ec87-4ca1-b7d7-b8b4ef772f6d"
    description = "Sends a message to a channel, a person or a thread of Slack."
    categories = frozenset({Category.SOCIAL, Category.COMMUNICATION})
    prices = (Price(1),)
    is_sensitive = True
    examples = (
        Example(
            input={"channel": "#general", "text": "The *report* is there."},
            output=[("ts", "1712345678.000100"), ("channel", "C0123456789")],
            web={
                "POST https://slack.com/api/chat.postMessage": {
                    "ok": True,
                    "ts": "1712345678.000100",
                    "channel": "C0123456789",
                }
            },
        ),
    )

    class Input(Pins):
        credentials: CredentialReference = CredentialsPin(
            "slack",
            types=(CredentialType.API_KEY, CredentialType.OAUTH2),
            scopes=("chat:write",),
            description="The token of a bot with the scope chat:write.",
        )
        channel: str = Pin(description="The channel's id or name, or a person's id.", placeholder="#general")
        text: str = Pin(description="The message, in Slack's mrkdwn.", max_length=TEXT_CHARACTERS)
        thread_ts: str | None = Pin(default=None, description="The ts of the message to answer in its thread.")
        username: str | None = Pin(default=None, description="Another name for the bot.")
        icon_emoji: str | None = Pin(default=None, description="An emoji as its picture.", placeholder=":robot_face:")
        unfurl_links: bool = Pin(default=True, description="Whether links are shown with a preview.")
        mrkdwn: bool = Pin(default=True, description="Whether the text is read as mrkdwn.")

    class Output(Pins):
        ts: str = Pin(description="The message's own time, by which Slack knows it.")
        channel: str = Pin(description="The id of the channel.")
        error: str = Pin(description="Why it was not sent.")

    async def run(self, input: Input, context: Context) -> AsyncIterator[tuple[str, Any]]:
        body = input.model_dump(exclude={"credentials"}, exclude_none=True)
        answer = await SLACK.ask(context, "POST", "/chat.postMessage", json=body)
        if not answer.get("ok"):
            raise BlockError(f"Slack refused the message: {text_in(answer, 'error')[:500] or 'it gave no reason'}.")
        yield "ts", text_in(answer, "ts")
        yield "channel", text_in(answer, "channel")
