"""Short videos from a script, by Revid.

Source: Revid Public API v3, www.revid.ai/postman/revid-public-v3-render.openapi.json
"""

from collections.abc import AsyncIterator
from enum import StrEnum
from typing import Any

from blocks.answers import failure, find, part
from blocks.base import Block, Category, Effect, Example, Pin, Pins
from blocks.context import Context
from blocks.credentials import Credential, CredentialReference, CredentialsPin
from blocks.prices import Price
from blocks.service import Service
from blocks.waiting import until
from reliability.secrets import Secret


def _key(credential: Credential) -> dict[str, Secret]:
    return {"key": credential.secret}


REVID = Service("Revid", "https://www.revid.ai", headers=_key)

_FAILED = frozenset({"failed", "error", "FAILED", "CANCELED"})


class Style(StrEnum):
    STOCK_VIDEO = "stockVideo"
    MOVING_IMAGE = "movingImage"
    AI_VIDEO = "aiVideo"


#: What the interface calls them.
_MEDIA = {Style.STOCK_VIDEO: "stock-video", Style.MOVING_IMAGE: "moving-image", Style.AI_VIDEO: "ai-video"}


class Voice(StrEnum):
    LILY = "Lily"
    DANIEL = "Daniel"
    BRIAN = "Brian"
    JESSICA = "Jessica"
    CHARLOTTE = "Charlotte"
    CALLUM = "Callum"
    EVA = "Eva"


_VOICE_IDS = {
    Voice.LILY: "pFZP5JQG7iQjIQuC4Bku",
    Voice.DANIEL: "onwK4e9ZLuTAKqWW03F9",
    Voice.BRIAN: "nPczCjzI2devNBz1zQrb",
    Voice.JESSICA: "cgSgspJ2msm6clMCkdW9",
    Voice.CHARLOTTE: "XB0fDUnXU5powFXDhCwa",
    Voice.CALLUM: "N2lVS1w4EtoT3dr4eOWO",
    Voice.EVA: "FGY2WhTYpPnrIDTdsKH5",
}

#: The name of a look, and what Revid calls it.
PRESETS = {
    "Default": "LEONARDO",
    "Anime": "ANIME",
    "Realist": "REALISM",
    "Illustration": "ILLUSTRATION",
    "Sketch Color": "SKETCH_COLOR",
    "Sketch B&W": "SKETCH_BW",
    "Pixar": "PIXAR",
    "Japanese Ink": "INK",
    "3D Render": "RENDER_3D",
    "Lego": "LEGO",
    "Sci-Fi": "SCIFI",
    "Retro Cartoon": "RECRO_CARTOON",
    "Pixel Art": "PIXEL_ART",
    "Creative": "CREATIVE",
    "Photography": "PHOTOGRAPHY",
    "Raytraced": "RAYTRACED",
    "Environment": "ENVIRONMENT",
    "Fantasy": "FANTASY",
    "Anime Realism": "ANIME_SR",
    "Movie": "MOVIE",
    "Stylized Illustration": "STYLIZED_ILLUSTRATION",
    "Manga": "MANGA",
    "DEFAULT": "DEFAULT",
}


class AIShortformVideoCreatorBlock(Block):
    """Has Revid make a short video. Revid has no call that would cancel it."""

    id = "361697fb-0c4f-4feb-aed3-8320c88c771b"
    description = "Makes a short video from a script, by Revid."
    categories = frozenset({Category.AI, Category.SOCIAL, Category.MULTIMEDIA})
    effect = Effect.ONCE
    prices = (Price(400, {"video_style": "aiVideo"}), Price(150, {"video_style": "movingImage"}), Price(60))
    timeout_seconds = 1200
    examples = (
        Example(
            input={"script": "[close-up of a cat] Meow!"},
            output=[("video_url", "https://cdn.revid.ai/v/cat.mp4")],
            web={
                "POST https://www.revid.ai/api/public/v3/render": {"success": 1, "pid": "p_1"},
                "GET https://www.revid.ai/api/public/v3/status": {
                    "status": "ready",
                    "videoUrl": "https://cdn.revid.ai/v/cat.mp4",
                },
            },
        ),
    )

    class Input(Pins):
        credentials: CredentialReference = CredentialsPin("revid", description="An API key of Revid.")
        script: str = Pin(
            description="What is spoken, a line for each scene. [What stands in brackets] is shown.",
            placeholder="[close-up of a cat] Meow!",
        )
        ratio: str = Pin(default="9 / 16", description="Width to height.")
        resolution: str = Pin(default="720p", description="720p, 1080p or 4k.")
        frame_rate: int = Pin(default=60, description="Pictures a second.")
        generation_preset: str = Pin(default="Default", description="The look of what is painted.")
        background_music: str = Pin(default="Highway Nocturne", description="The music, by the name of its track.")
        voice: Voice = Pin(default=Voice.LILY, description="Who speaks.")
        video_style: Style = Pin(default=Style.STOCK_VIDEO, description="What is shown.")

    class Output(Pins):
        video_url: str = Pin(description="The address of the video.")
        error: str = Pin(description="Why there is no video.")

    async def run(self, input: Input, context: Context) -> AsyncIterator[tuple[str, Any]]:
        started = await REVID.ask(context, "POST", "/api/public/v3/render", json=render_request(input))
        if find(started, "success") != 1:
            raise failure(REVID, context, "did not take the script", find(started, "error"))
        project = part(REVID, started, "pid")
        said = await until(
            _is_over, lambda: REVID.ask(context, "GET", "/api/public/v3/status", params={"pid": project})
        )
        if find(said, "status") != "ready":
            raise failure(REVID, context, "did not make the video", find(said, "error") or find(said, "message"))
        yield "video_url", part(REVID, said, "videoUrl")


def render_request(input: AIShortformVideoCreatorBlock.Input) -> dict[str, Any]:
    """The body of the call. The script is spoken as it is."""
    preset = PRESETS.get(input.generation_preset, input.generation_preset)
    return {
        "workflow": "script-to-video",
        "source": {"text": input.script},
        "aspectRatio": "".join(input.ratio.split()).replace("/", ":"),
        "voice": {"enabled": True, "voiceId": _VOICE_IDS[input.voice]},
        "captions": {"enabled": True},
        "music": {"enabled": True, "trackName": input.background_music},
        "media": {"type": _MEDIA[input.video_style]},
        "options": {"summarizationPreference": "no-summarization"},
        "render": {"resolution": input.resolution, "frameRate": input.frame_rate},
        "advanced": {"customCreationParams": {"generationPreset": preset}},
    }


def _is_over(said: Any) -> bool:
    status = find(said, "status")
    return status == "ready" or status in _FAILED
