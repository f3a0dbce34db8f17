import logging
from typing import Any

import pytest

from blocks.errors import BlockError
from blocks.library.telegram import TEXT_CHARACTERS, ReplyToTelegramMessageBlock, SendTelegramMessageBlock
from blocks.readiness import Ready, gather
from reliability.secrets import Secret
from tests.blocks.canned import CannedWeb
from tests.blocks.fakes import make_context
from tests.blocks.running import CANARY, make_credential, outputs, references
from tests.blocks.services import ask
from tests.world.server import World
from tests.world.telegram import SEND, open_telegram
from tests.world.troubles import Trouble, assert_told, each_trouble

MESSAGE = {"chat_id": 42, "text": "The report is there."}
REPLY = MESSAGE | {"reply_to_message_id": 6}


async def test_message_is_sent_by_the_bot(world: World) -> None:
    open_telegram(world)

    emitted = await ask(SendTelegramMessageBlock(), MESSAGE, world)

    assert emitted == [("message_id", 7), ("status", "Message sent")]
    [call] = world.calls
    assert call.address == f"https://api.telegram.org/bot{CANARY}/sendMessage"
    assert call.json == MESSAGE
    assert "authorization" not in call.headers


async def test_message_is_sent_as_wished(world: World) -> None:
    open_telegram(world)
    wishes = {"parse_mode": "MarkdownV2", "disable_notification": True, "reply_to_message_id": 6, "chat_id": "@news"}

    await ask(SendTelegramMessageBlock(), MESSAGE | wishes, world)

    assert world.calls[0].json == {
        "chat_id": "@news",
        "text": MESSAGE["text"],
        "parse_mode": "MarkdownV2",
        "disable_notification": True,
        "reply_parameters": {"message_id": 6},
    }


async def test_message_is_answered(world: World) -> None:
    open_telegram(world)

    emitted = await ask(ReplyToTelegramMessageBlock(), REPLY, world)

    assert emitted == [("message_id", 7), ("status", "Reply sent")]
    assert world.calls[0].json == MESSAGE | {"reply_parameters": {"message_id": 6}}


async def test_what_telegram_says_is_told(world: World) -> None:
    open_telegram(world)

    with pytest.raises(BlockError, match="Telegram answered with status 400: Bad Request: chat not found"):
        await ask(SendTelegramMessageBlock(), MESSAGE | {"chat_id": 404}, world)


async def test_a_token_cannot_lead_to_another_address() -> None:
    address = "POST https://api.telegram.org/bot1:a%2F..%2Fx%3Fy%23z/sendMessage"
    web = CannedWeb({address: {"ok": True, "result": {"message_id": 7}}})
    credentials = {"credentials": make_credential("telegram", secret=Secret("1:a/../x?y#z"))}
    block = SendTelegramMessageBlock()

    await outputs(block, references(block) | MESSAGE, make_context(web=web, credentials=credentials))

    assert len(web.asked) == 1


async def test_token_in_the_address_is_not_logged(world: World, caplog: pytest.LogCaptureFixture) -> None:
    open_telegram(world)

    with caplog.at_level(logging.DEBUG):
        await ask(SendTelegramMessageBlock(), MESSAGE, world)

    ours = [record.getMessage() for record in caplog.records if record.name != "werkzeug"]
    assert [message for message in ours if CANARY in message] == []


def test_text_that_is_too_long_or_empty_is_refused() -> None:
    block = SendTelegramMessageBlock()

    for text, fits in (("x" * TEXT_CHARACTERS, True), ("x" * (TEXT_CHARACTERS + 1), False), ("", False)):
        inputs = references(block) | MESSAGE | {"text": text}
        gathered = gather(block, defaults=inputs, linked=frozenset(), received={})
        assert isinstance(gathered, Ready) is fits


@each_trouble
@pytest.mark.parametrize(
    ("block", "inputs"),
    [(SendTelegramMessageBlock(), MESSAGE), (ReplyToTelegramMessageBlock(), REPLY)],
    ids=["send", "reply"],
)
async def test_trouble_is_told(trouble: Trouble, world: World, block: Any, inputs: dict[str, Any]) -> None:
    await assert_told(trouble, world, SEND, block, inputs)
