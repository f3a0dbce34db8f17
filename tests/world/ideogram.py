"""Ideogram, as developer.ideogram.ai/api-reference describes it."""

from hashlib import sha256

from tests.world.server import Call, Said, World

BASE = "https://api.ideogram.ai"
GENERATE = f"POST {BASE}/v1/ideogram-v3/generate"
OLD_GENERATE = f"POST {BASE}/generate"
UPSCALE = f"POST {BASE}/upscale"

PICTURE = "https://ideogram.ai/api/images/ephemeral/hello.png"
LARGE_PICTURE = "https://ideogram.ai/api/images/ephemeral/large.png"
FILE = b"\x89PNG\r\n\x1a\nhello"


def open_ideogram(world: World) -> None:
    for asked in (GENERATE, OLD_GENERATE):
        world.says(asked, {"created": "2026-01-02T03:04:05Z", "data": [{"url": PICTURE, "is_image_safe": True}]})
    world.says(f"GET {PICTURE}", (200, FILE, {"Content-Type": "image/png"}))
    world.says(UPSCALE, {"data": [{"url": LARGE_PICTURE, "is_image_safe": True}]})


def paints_each_prompt(world: World) -> None:
    """From now on another prompt gives another picture."""
    world.says(GENERATE, _painted)


def picture_of(prompt: str) -> str:
    """The address of the picture of a prompt."""
    return f"https://ideogram.ai/api/images/ephemeral/{sha256(prompt.encode()).hexdigest()[:16]}.png"


def _painted(call: Call) -> Said:
    picture = {"url": picture_of(call.json["prompt"]), "is_image_safe": True}
    return {"created": "2026-01-02T03:04:05Z", "data": [picture]}
