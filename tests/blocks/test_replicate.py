import asyncio
from threading import Event
from typing import Any

import pytest

from blocks.errors import BlockError
from blocks.library.replicate import ReplicateFluxAdvancedModelBlock, first_output
from tests.blocks.running import CANARY
from tests.blocks.services import ask
from tests.world.replicate import CANCEL, PICTURE, PREDICT, STATUS, Replicate
from tests.world.server import Call, Said, World
from tests.world.troubles import Trouble, assert_told, each_trouble

pytestmark = pytest.mark.usefixtures("without_pauses")

#: As the graph "Flux AI Image Generator" has it.
PAINTING = {"prompt": "dog", "output_format": "png", "replicate_model_name": "Flux Pro 1.1"}
COMMON = {"prompt": "dog", "aspect_ratio": "1:1", "output_format": "png", "output_quality": 80}


async def test_a_picture_is_waited_for(world: World) -> None:
    Replicate(world).open()
    assert await ask(ReplicateFluxAdvancedModelBlock(), PAINTING, world) == [("result", PICTURE)]
    assert len(world.asked(*STATUS.split())) == 3
    assert world.asked(*CANCEL.split()) == []
    assert {call.headers["authorization"] for call in world.calls} == {f"Bearer {CANARY}"}


async def test_a_picture_may_be_there_at_once(world: World) -> None:
    world.says(PREDICT, {"id": "p1", "status": "succeeded", "output": PICTURE})
    assert await ask(ReplicateFluxAdvancedModelBlock(), PAINTING, world) == [("result", PICTURE)]
    assert len(world.calls) == 1


@pytest.mark.parametrize(
    ("model", "path", "more"),
    [
        ("Flux Schnell", "flux-schnell", {}),
        ("Flux Pro 1.1", "flux-1.1-pro", {"safety_tolerance": 2}),
        ("Flux Pro", "flux-pro", {"safety_tolerance": 2, "steps": 25, "guidance": 3.0, "interval": 2.0}),
    ],
)
async def test_a_model_is_given_what_it_takes(world: World, model: str, path: str, more: dict[str, Any]) -> None:
    Replicate(world, looks=0).open()
    await ask(ReplicateFluxAdvancedModelBlock(), PAINTING | {"replicate_model_name": model}, world)
    call = world.calls[0]
    assert call.address == f"https://api.replicate.com/v1/models/black-forest-labs/{path}/predictions"
    assert call.json == {"input": {**COMMON, **more}}
    assert call.headers["cancel-after"] == "10m"


async def test_a_seed_is_passed_on(world: World) -> None:
    Replicate(world, looks=0).open()
    await ask(ReplicateFluxAdvancedModelBlock(), PAINTING | {"seed": 0}, world)
    assert world.calls[0].json["input"]["seed"] == 0


@pytest.mark.parametrize(
    ("end", "words"),
    [
        ({"status": "failed", "error": "NSFW content detected"}, "did not make the picture: NSFW content detected"),
        ({"status": "canceled", "error": None}, "did not make the picture: canceled"),
        ({"status": "aborted"}, "did not make the picture: aborted"),
        ({"status": "failed", "error": CANARY}, "did not make the picture: •"),
        ({"status": "succeeded", "output": []}, "Replicate gave no picture"),
        ({"status": "succeeded"}, "Replicate gave no picture"),
    ],
)
async def test_a_picture_that_was_not_made_says_why(world: World, end: dict[str, Any], words: str) -> None:
    Replicate(world, end=end).open()
    with pytest.raises(BlockError, match=words):
        await ask(ReplicateFluxAdvancedModelBlock(), PAINTING, world)


async def test_a_picture_that_nobody_waits_for_is_cancelled_there(world: World) -> None:
    Replicate(world).open()
    looked = Event()

    def under_way(call: Call) -> Said:
        looked.set()
        return {"id": "p1", "status": "processing"}

    world.says(STATUS, under_way)
    painting = asyncio.create_task(ask(ReplicateFluxAdvancedModelBlock(), PAINTING, world))
    assert await asyncio.to_thread(looked.wait, 10)
    painting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await painting
    assert len(world.asked(*CANCEL.split())) == 1


async def test_a_picture_that_cannot_be_looked_after_is_cancelled_there(world: World) -> None:
    Replicate(world).open()
    world.says(STATUS, (403, {"detail": "The token was revoked"}))
    with pytest.raises(BlockError, match="403: The token was revoked"):
        await ask(ReplicateFluxAdvancedModelBlock(), PAINTING, world)
    assert len(world.asked(*CANCEL.split())) == 1


@pytest.mark.parametrize("output", [PICTURE, [PICTURE], [PICTURE, "another"]])
def test_the_first_picture_counts(output: Any) -> None:
    assert first_output(output) == PICTURE


@pytest.mark.parametrize("output", [None, "", [], [""], {"url": PICTURE}, 7])
def test_what_is_no_picture_is_refused(output: Any) -> None:
    with pytest.raises(BlockError, match="no picture"):
        first_output(output)


@each_trouble
async def test_trouble_is_told(trouble: Trouble, world: World) -> None:
    await assert_told(trouble, world, PREDICT.replace("*", "flux-1.1-pro"), ReplicateFluxAdvancedModelBlock(), PAINTING)
