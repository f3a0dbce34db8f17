import asyncio
from threading import Event
from typing import Any

import pytest

from blocks.errors import BlockError
from blocks.library.revid import PRESETS, AIShortformVideoCreatorBlock
from tests.blocks.running import CANARY
from tests.blocks.services import ask
from tests.world.revid import RENDER, STATUS, VIDEO, Revid
from tests.world.server import Call, Said, World
from tests.world.troubles import Trouble, assert_told, each_trouble

pytestmark = pytest.mark.usefixtures("without_pauses")

#: As the graph "AI Video Generator" has it.
FILMING = {
    "script": "[a cat] Meow!",
    "ratio": "9 / 16",
    "voice": "Brian",
    "frame_rate": 30,
    "resolution": "720p",
    "video_style": "movingImage",
    "background_music": "Bladerunner 2049",
    "generation_preset": "Default",
}


async def test_a_video_is_waited_for(world: World) -> None:
    Revid(world).open()
    assert await ask(AIShortformVideoCreatorBlock(), FILMING, world) == [("video_url", VIDEO)]
    assert len(world.asked(*STATUS.split())) == 3
    assert {call.headers["key"] for call in world.calls} == {CANARY}


async def test_a_video_is_asked_for_as_the_inputs_say(world: World) -> None:
    Revid(world, looks=0).open()
    await ask(AIShortformVideoCreatorBlock(), FILMING, world)
    assert world.calls[0].json == {
        "workflow": "script-to-video",
        "source": {"text": "[a cat] Meow!"},
        "aspectRatio": "9:16",
        "voice": {"enabled": True, "voiceId": "nPczCjzI2devNBz1zQrb"},
        "captions": {"enabled": True},
        "music": {"enabled": True, "trackName": "Bladerunner 2049"},
        "media": {"type": "moving-image"},
        "options": {"summarizationPreference": "no-summarization"},
        "render": {"resolution": "720p", "frameRate": 30},
        "advanced": {"customCreationParams": {"generationPreset": "LEONARDO"}},
    }


@pytest.mark.parametrize(("preset", "sent"), [*PRESETS.items(), ("Something new", "Something new")])
async def test_a_look_is_called_as_revid_calls_it(world: World, preset: str, sent: str) -> None:
    world.says(RENDER, {"success": 0, "error": "enough"})
    with pytest.raises(BlockError, match="enough"):
        await ask(AIShortformVideoCreatorBlock(), FILMING | {"generation_preset": preset}, world)
    assert world.calls[0].json["advanced"]["customCreationParams"]["generationPreset"] == sent


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"success": 0, "error": "No credits left"}, "did not take the script: No credits left"),
        ({"pid": "p_1"}, "did not take the script"),
        ({"success": 1}, "an answer without pid"),
    ],
)
async def test_a_script_that_was_not_taken_says_why(world: World, said: dict[str, Any], words: str) -> None:
    world.says(RENDER, said)
    with pytest.raises(BlockError, match=words):
        await ask(AIShortformVideoCreatorBlock(), FILMING, world)


@pytest.mark.parametrize(
    ("end", "words"),
    [
        ({"status": "failed", "error": "voice unavailable"}, "did not make the video: voice unavailable"),
        ({"status": "error", "message": "It broke"}, "did not make the video: It broke"),
        ({"status": "ready"}, "an answer without videoUrl"),
    ],
)
async def test_a_video_that_was_not_made_says_why(world: World, end: dict[str, Any], words: str) -> None:
    Revid(world, end=end).open()
    with pytest.raises(BlockError, match=words):
        await ask(AIShortformVideoCreatorBlock(), FILMING, world)


async def test_who_stops_waiting_is_not_kept(world: World) -> None:
    """There is no call to cancel a video."""
    Revid(world).open()
    looked = Event()

    def under_way(call: Call) -> Said:
        looked.set()
        return {"status": "building"}

    world.says(STATUS, under_way)
    filming = asyncio.create_task(ask(AIShortformVideoCreatorBlock(), FILMING, world))
    assert await asyncio.to_thread(looked.wait, 10)
    filming.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(filming, 5)


@each_trouble
async def test_trouble_is_told(trouble: Trouble, world: World) -> None:
    await assert_told(trouble, world, RENDER, AIShortformVideoCreatorBlock(), FILMING)
