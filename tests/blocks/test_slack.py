from typing import Any

import pytest

from blocks.errors import BlockError
from blocks.library.slack import TEXT_CHARACTERS, SendSlackMessageBlock
from blocks.readiness import Ready, gather
from tests.blocks.running import CANARY, references
from tests.blocks.services import ask
from tests.world.server import World
from tests.world.slack import POST, open_slack
from tests.world.troubles import Trouble, assert_told, each_trouble

MESSAGE = {"channel": "#general", "text": "The *report* is there."}


async def test_message_is_posted_with_the_token(world: World) -> None:
    open_slack(world)

    emitted = await ask(SendSlackMessageBlock(), MESSAGE, world)

    assert emitted == [("ts", "1712345678.000100"), ("channel", "C1")]
    [call] = world.calls
    assert call.headers["authorization"] == f"Bearer {CANARY}"
    assert call.json == MESSAGE | {"unfurl_links": True, "mrkdwn": True}


async def test_message_answers_in_a_thread_under_another_name(world: World) -> None:
    open_slack(world)
    wishes = {"thread_ts": "1.2", "username": "Clerk", "icon_emoji": ":robot_face:", "mrkdwn": False}

    await ask(SendSlackMessageBlock(), MESSAGE | wishes, world)

    assert world.calls[0].json == MESSAGE | wishes | {"unfurl_links": True}


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({"ok": False, "error": "channel_not_found"}, "Slack refused the message: channel_not_found."),
        ({"ok": False}, "Slack refused the message: it gave no reason."),
        ({}, "Slack refused the message: it gave no reason."),
        ([], "Slack answered in a form that is not documented."),
    ],
)
async def test_refusal_behind_a_good_status_is_told(world: World, said: Any, told: str) -> None:
    world.says(POST, said)

    with pytest.raises(BlockError) as caught:
        await ask(SendSlackMessageBlock(), MESSAGE, world)

    assert str(caught.value) == told


def test_text_that_slack_would_cut_is_refused() -> None:
    block = SendSlackMessageBlock()

    for length, fits in ((TEXT_CHARACTERS, True), (TEXT_CHARACTERS + 1, False)):
        inputs = references(block) | MESSAGE | {"text": "x" * length}
        gathered = gather(block, defaults=inputs, linked=frozenset(), received={})
        assert isinstance(gathered, Ready) is fits


@each_trouble
async def test_trouble_is_told(trouble: Trouble, world: World) -> None:
    await assert_told(trouble, world, POST, SendSlackMessageBlock(), MESSAGE)
