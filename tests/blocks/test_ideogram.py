from typing import Any

import pytest

from blocks.errors import BlockError
from blocks.library.ideogram import IdeogramModelBlock
from tests.blocks.running import CANARY
from tests.blocks.services import ask
from tests.world.ideogram import FILE, GENERATE, LARGE_PICTURE, OLD_GENERATE, PICTURE, UPSCALE, open_ideogram
from tests.world.server import World
from tests.world.troubles import Trouble, assert_told, each_trouble

#: As the graph "Unspirational Poster Maker" has it.
PAINTING = {"prompt": "A cat", "upscale": "No Upscale"}
OLD = {"prompt": "A cat", "aspect_ratio": "ASPECT_1_1", "magic_prompt_option": "AUTO"}


async def test_a_picture_is_painted(world: World) -> None:
    open_ideogram(world)
    assert await ask(IdeogramModelBlock(), PAINTING, world) == [("result", PICTURE)]
    [call] = world.calls
    assert call.headers["api-key"] == CANARY
    assert call.json == {"prompt": "A cat", "aspect_ratio": "1x1", "magic_prompt": "AUTO", "style_type": "AUTO"}


@pytest.mark.parametrize(
    ("inputs", "asked", "body"),
    [
        (
            {"aspect_ratio": "ASPECT_10_16", "seed": 0, "negative_prompt": "dogs", "color_palette_name": "EMBER"},
            GENERATE,
            {
                "prompt": "A cat",
                "aspect_ratio": "10x16",
                "magic_prompt": "AUTO",
                "style_type": "AUTO",
                "seed": 0,
                "negative_prompt": "dogs",
                "color_palette": {"name": "EMBER"},
            },
        ),
        (
            {"ideogram_model_name": "V_2", "style_type": "ANIME", "custom_color_palette": ["#000030", "#FFFFFF"]},
            OLD_GENERATE,
            {
                "image_request": {
                    **OLD,
                    "model": "V_2",
                    "style_type": "ANIME",
                    "color_palette": {"members": [{"color_hex": "#000030"}, {"color_hex": "#FFFFFF"}]},
                }
            },
        ),
        (
            {"ideogram_model_name": "V_1_TURBO", "style_type": "DESIGN", "color_palette_name": "EMBER"},
            OLD_GENERATE,
            {"image_request": {**OLD, "model": "V_1_TURBO"}},
        ),
        (
            {"ideogram_model_name": "V_2_TURBO", "color_palette_name": "FRESH", "custom_color_palette": ["#000030"]},
            OLD_GENERATE,
            {
                "image_request": {
                    **OLD,
                    "model": "V_2_TURBO",
                    "style_type": "AUTO",
                    "color_palette": {"name": "FRESH"},
                }
            },
        ),
    ],
    ids=["V_3", "V_2", "V_1_TURBO", "a named palette wins"],
)
async def test_a_model_is_asked_in_its_own_way(
    world: World, inputs: dict[str, Any], asked: str, body: dict[str, Any]
) -> None:
    open_ideogram(world)
    assert await ask(IdeogramModelBlock(), PAINTING | inputs, world) == [("result", PICTURE)]
    assert [f"{call.method} {call.address}" for call in world.calls] == [asked]
    assert world.calls[0].json == body


@pytest.mark.parametrize("style", ["ANIME", "RENDER_3D"])
async def test_a_style_that_the_model_has_not_is_refused_before_anything_is_painted(world: World, style: str) -> None:
    open_ideogram(world)
    with pytest.raises(BlockError, match=f"style_type {style} is for V_2 and V_2_TURBO only"):
        await ask(IdeogramModelBlock(), PAINTING | {"style_type": style}, world)
    assert world.calls == []


async def test_a_picture_is_enlarged(world: World) -> None:
    open_ideogram(world)
    assert await ask(IdeogramModelBlock(), PAINTING | {"upscale": "AI Upscale"}, world) == [("result", LARGE_PICTURE)]
    _, fetched, sent = world.calls
    assert "api-key" not in fetched.headers
    assert FILE in sent.body
    assert b'filename="hello.png"' in sent.body
    assert sent.headers["api-key"] == CANARY


async def test_a_picture_elsewhere_is_not_fetched(world: World) -> None:
    open_ideogram(world)
    world.says(GENERATE, {"data": [{"url": "https://elsewhere.example/a.png"}]})
    world.says("GET https://elsewhere.example/a.png", FILE)
    with pytest.raises(BlockError, match=r"elsewhere\.example"):
        await ask(IdeogramModelBlock(), PAINTING | {"upscale": "AI Upscale"}, world)
    assert len(world.calls) == 1


async def test_a_picture_that_is_gone_is_told(world: World) -> None:
    open_ideogram(world)
    world.says(f"GET {PICTURE}", (404, ""))
    with pytest.raises(BlockError, match="picture cannot be fetched: status 404"):
        await ask(IdeogramModelBlock(), PAINTING | {"upscale": "AI Upscale"}, world)


@pytest.mark.parametrize("said", [{}, {"data": []}, {"data": [{"url": None, "is_image_safe": False}]}])
async def test_an_answer_without_a_picture_is_refused(world: World, said: Any) -> None:
    world.says(GENERATE, said)
    with pytest.raises(BlockError, match=r"Ideogram gave an answer without data\.0\.url"):
        await ask(IdeogramModelBlock(), PAINTING, world)


@each_trouble
async def test_trouble_is_told(trouble: Trouble, world: World) -> None:
    await assert_told(trouble, world, GENERATE, IdeogramModelBlock(), PAINTING)


@each_trouble
async def test_trouble_in_enlarging_is_told(trouble: Trouble, world: World) -> None:
    open_ideogram(world)
    await assert_told(trouble, world, UPSCALE, IdeogramModelBlock(), PAINTING | {"upscale": "AI Upscale"})
