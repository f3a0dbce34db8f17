"""Sending messages with a bot of Telegram (Bot API)."""

from collections.abc import AsyncIterator, Mapping
from enum import StrEnum
from typing import Any
from urllib.parse import quote

from blocks.base import Block, Category, Example, Pin, Pins
from blocks.context import Context
from blocks.credentials import Credential, CredentialReference, CredentialsPin
from blocks.prices import Price
from blocks.service import Service
from blocks.web import HeaderValue

TEXT_CHARACTERS = 4_096


def _headers(credential: Credential) -> Mapping[str, HeaderValue]:
    """None: the token is a part of the path."""
    return {}


TELEGRAM = Service("Telegram", "https://api.telegram.org", _headers)


class ParseMode(StrEnum):
    """How Telegram reads the text."""

    NONE = "none"
    MARKDOWN = "Markdown"
    MARKDOWN_V2 = "MarkdownV2"
    HTML = "HTML"


class TelegramPins(Pins):
    """What every message needs."""

    credentials: CredentialReference = CredentialsPin("telegram", description="The token of a bot, from @BotFather.")
    chat_id: int | str = Pin(description="The chat's id, or the @name of a public channel.")
    text: str = Pin(description="The message.", min_length=1, max_length=TEXT_CHARACTERS)
    parse_mode: ParseMode = Pin(default=ParseMode.NONE, description="How Telegram reads the text.")


class TelegramBlock(Block):
    """Base of all blocks of Telegram."""

    categories = frozenset({Category.SOCIAL, Category.COMMUNICATION})
    prices = (Price(1),)
    is_sensitive = True

    class Output(Pins):
        message_id: int = Pin(description="The number of the message in its chat.")
        status: str = Pin(description="That the message was sent.")
        error: str = Pin(description="Why it was not sent.")


class SendTelegramMessageBlock(TelegramBlock):
    """Sends a text to a chat."""

    id = "787678ad-1f47-4efc-89df-643f9908621a"
    description = "Sends a message to a chat of Telegram."
    examples = (
        Example(
            input={"chat_id": 42, "text": "The report is there."},
            output=[("message_id", 7), ("status", "Message sent")],
            web={"POST https://api.telegram.org/bot{secret}/sendMessage": {"ok": True, "result": {"message_id": 7}}},
        ),
    )

    class Input(TelegramPins):
        reply_to_message_id: int | None = Pin(default=None, description="The number of the message it answers.")
        disable_notification: bool = Pin(default=False, description="Whether it arrives without a sound.")

    async def run(self, input: Input, context: Context) -> AsyncIterator[tuple[str, Any]]:
        extra = {"disable_notification": True} if input.disable_notification else {}
        yield "message_id", await send(context, input, answers=input.reply_to_message_id, **extra)
        yield "status", "Message sent"


class ReplyToTelegramMessageBlock(TelegramBlock):
    """Answers a message."""

    id = "c2b1c976-844f-4b6c-ab21-4973d2ceab15"
    description = "Answers a message in a chat of Telegram."
    examples = (
        Example(
            input={"chat_id": 42, "text": "Thank you.", "reply_to_message_id": 7},
            output=[("message_id", 8), ("status", "Reply sent")],
            web={"POST https://api.telegram.org/bot{secret}/sendMessage": {"ok": True, "result": {"message_id": 8}}},
        ),
    )

    class Input(TelegramPins):
        reply_to_message_id: int = Pin(description="The number of the message it answers.")

    async def run(self, input: Input, context: Context) -> AsyncIterator[tuple[str, Any]]:
        yield "message_id", await send(context, input, answers=input.reply_to_message_id)
        yield "status", "Reply sent"


async def send(context: Context, input: TelegramPins, *, answers: int | None, **extra: Any) -> int:
    """The number of the new message. answers: that of an older one."""
    body: dict[str, Any] = {"chat_id": input.chat_id, "text": input.text, **extra}
    if input.parse_mode is not ParseMode.NONE:
        body["parse_mode"] = input.parse_mode
    if answers is not None:
        body["reply_parameters"] = {"message_id": answers}
    token = quote(TELEGRAM.credential(context).secret.reveal(), safe=":")
    answer = await TELEGRAM.ask(context, "POST", f"/bot{token}/sendMessage", json=body)
    sent = answer.get("result")
    return int(sent.get("message_id") or 0) if isinstance(sent, dict) else 0
