"""Pictures, also with legible text in them, by Ideogram.

Source: developer.ideogram.ai/api-reference
"""

from collections.abc import AsyncIterator
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit

from blocks.answers import part
from blocks.base import Block, Category, Effect, Example, Pin, Pins
from blocks.context import Context
from blocks.credentials import Credential, CredentialReference, CredentialsPin
from blocks.errors import BlockError
from blocks.prices import Price
from blocks.service import Service, without_nones
from blocks.web import File
from reliability.secrets import Secret


def _key(credential: Credential) -> dict[str, Secret]:
    return {"Api-Key": credential.secret}


IDEOGRAM = Service("Ideogram", "https://api.ideogram.ai", headers=_key)

#: Where Ideogram puts its pictures.
PICTURE_HOSTS = frozenset({"ideogram.ai", "*.ideogram.ai"})
#: Painting takes up to a minute, and the answer comes only then.
ANSWER_SECONDS = 120


class Model(StrEnum):
    V3 = "V_3"
    V2 = "V_2"
    V1 = "V_1"
    V1_TURBO = "V_1_TURBO"
    V2_TURBO = "V_2_TURBO"


class Magic(StrEnum):
    AUTO = "AUTO"
    ON = "ON"
    OFF = "OFF"


class Style(StrEnum):
    AUTO = "AUTO"
    GENERAL = "GENERAL"
    REALISTIC = "REALISTIC"
    DESIGN = "DESIGN"
    RENDER_3D = "RENDER_3D"
    ANIME = "ANIME"


class Palette(StrEnum):
    NONE = "NONE"
    EMBER = "EMBER"
    FRESH = "FRESH"
    JUNGLE = "JUNGLE"
    MAGIC = "MAGIC"
    MELON = "MELON"
    MOSAIC = "MOSAIC"
    PASTEL = "PASTEL"
    ULTRAMARINE = "ULTRAMARINE"


class Ratio(StrEnum):
    R_10_16 = "ASPECT_10_16"
    R_16_10 = "ASPECT_16_10"
    R_9_16 = "ASPECT_9_16"
    R_16_9 = "ASPECT_16_9"
    R_3_2 = "ASPECT_3_2"
    R_2_3 = "ASPECT_2_3"
    R_4_3 = "ASPECT_4_3"
    R_3_4 = "ASPECT_3_4"
    R_1_1 = "ASPECT_1_1"
    R_1_3 = "ASPECT_1_3"
    R_3_1 = "ASPECT_3_1"


class Upscale(StrEnum):
    YES = "AI Upscale"
    NO = "No Upscale"


_FIRST_MODELS = frozenset({Model.V1, Model.V1_TURBO})
_V3_LACKS = frozenset({Style.RENDER_3D, Style.ANIME})


class IdeogramModelBlock(Block):
    """Has Ideogram paint a picture, and enlarge it if that is wanted."""

    id = "6ab085e2-20b3-4055-bc3e-08036e01eca6"
    description = "Paints a picture, also with legible text in it, by Ideogram."
    categories = frozenset({Category.AI, Category.MULTIMEDIA})
    effect = Effect.ONCE
    prices = (Price(14, {"upscale": "AI Upscale"}), Price(8, {"ideogram_model_name": "V_2"}), Price(6))
    examples = (
        Example(
            input={"prompt": "A poster that says HELLO"},
            output=[("result", "https://ideogram.ai/api/images/ephemeral/hello.png")],
            web={
                "POST https://api.ideogram.ai/v1/ideogram-v3/generate": {
                    "data": [{"url": "https://ideogram.ai/api/images/ephemeral/hello.png", "is_image_safe": True}]
                },
            },
        ),
    )

    class Input(Pins):
        credentials: CredentialReference = CredentialsPin("ideogram", description="An API key of Ideogram.")
        prompt: str = Pin(description="What the picture shows.")
        ideogram_model_name: Model = Pin(
            default=Model.V3, description="The model.", title="Image Generation Model", advanced=False
        )
        aspect_ratio: Ratio = Pin(default=Ratio.R_1_1, description="Width to height.")
        upscale: Upscale = Pin(default=Upscale.NO, description="Whether the picture is enlarged.")
        magic_prompt_option: Magic = Pin(default=Magic.AUTO, description="Whether Ideogram improves the prompt.")
        seed: int | None = Pin(default=None, description="The same seed gives the same picture.")
        style_type: Style = Pin(
            default=Style.AUTO, description="The style. RENDER_3D and ANIME: only V_2 and V_2_TURBO; V_1 has no styles."
        )
        negative_prompt: str | None = Pin(default=None, description="What the picture does not show.")
        color_palette_name: Palette = Pin(default=Palette.NONE, description="The colours. Not for V_1.")
        custom_color_palette: list[str] | None = Pin(
            default=None,
            description="Your own colours, as #RRGGBB, if no palette is named. Not for V_1.",
        )

    class Output(Pins):
        result: str = Pin(description="The address of the picture. Ideogram keeps it for a limited time.")
        error: str = Pin(description="Why there is no picture.")

    async def run(self, input: Input, context: Context) -> AsyncIterator[tuple[str, Any]]:
        path, wanted = request_for(input)
        said = await IDEOGRAM.ask(context, "POST", path, json=wanted, timeout_seconds=ANSWER_SECONDS)
        picture = _address(said)
        if input.upscale is Upscale.YES:
            picture = await _upscaled(picture, context)
        yield "result", picture


def request_for(input: IdeogramModelBlock.Input) -> tuple[str, dict[str, Any]]:
    """The path and the body: V_3 has a way of its own. Raises BlockError for a style that the model has not."""
    if input.ideogram_model_name is not Model.V3:
        return "/generate", {"image_request": _old_request(input)}
    if input.style_type in _V3_LACKS:
        raise BlockError(f"style_type {input.style_type} is for V_2 and V_2_TURBO only.")
    ratio = input.aspect_ratio.removeprefix("ASPECT_").replace("_", "x")
    wanted = {
        "prompt": input.prompt,
        "aspect_ratio": ratio,
        "magic_prompt": input.magic_prompt_option,
        "seed": input.seed,
        "style_type": input.style_type,
        "negative_prompt": input.negative_prompt or None,
        "color_palette": _palette(input),
    }
    return "/v1/ideogram-v3/generate", without_nones(wanted)


def _old_request(input: IdeogramModelBlock.Input) -> dict[str, Any]:
    is_first = input.ideogram_model_name in _FIRST_MODELS
    return without_nones(
        {
            "prompt": input.prompt,
            "model": input.ideogram_model_name,
            "aspect_ratio": input.aspect_ratio,
            "magic_prompt_option": input.magic_prompt_option,
            "seed": input.seed,
            "negative_prompt": input.negative_prompt or None,
            "style_type": None if is_first else input.style_type,
            "color_palette": None if is_first else _palette(input),
        }
    )


def _palette(input: IdeogramModelBlock.Input) -> dict[str, Any] | None:
    if input.color_palette_name is not Palette.NONE:
        return {"name": input.color_palette_name}
    members = [{"color_hex": colour} for colour in input.custom_color_palette or []]
    return {"members": members} if members else None


async def _upscaled(picture: str, context: Context) -> str:
    """The address of the picture enlarged. Ideogram wants the file, not the address."""
    got = await context.services.web.request("GET", picture, hosts=PICTURE_HOSTS, timeout_seconds=60)
    if not got.is_ok:
        raise BlockError(f"Ideogram's picture cannot be fetched: status {got.status}.")
    name = urlsplit(picture).path.rpartition("/")[2] or "picture.png"
    file = File(name, got.body, got.headers.get("content-type", "image/png"))
    said = await IDEOGRAM.ask(
        context,
        "POST",
        "/upscale",
        form={"image_request": "{}"},
        files={"image_file": file},
        timeout_seconds=ANSWER_SECONDS,
    )
    return _address(said)


def _address(said: Any) -> str:
    """A picture that Ideogram holds to be unsafe has none."""
    return str(part(IDEOGRAM, said, "data", 0, "url"))
