"""Having a model draw."""

from collections.abc import AsyncIterator
from enum import StrEnum
from typing import Any

from pydantic import field_validator

from blocks.base import Block, BlockType, Category, Effect, Example, Pin, Pins
from blocks.context import Context
from blocks.credentials import CredentialReference, CredentialsPin
from blocks.errors import BlockError
from blocks.llm.images import ImageRequest, Picture
from blocks.llm.own_keys import own_key
from blocks.prices import Price
from blocks.web import File

DEFAULT_IMAGE_MODEL = "gpt-image-1"
#: What only these models understand.
_WITH_QUALITY = "gpt-image"
#: Styles that say nothing.
_NO_STYLE = frozenset({"", "any"})


class Size(StrEnum):
    """The shape of an image."""

    SQUARE = "square"
    LANDSCAPE = "landscape"
    PORTRAIT = "portrait"
    WIDE = "wide"
    TALL = "tall"


class Quality(StrEnum):
    """How much work is put into an image."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


_PIXELS = {
    Size.SQUARE: "1024x1024",
    Size.LANDSCAPE: "1536x1024",
    Size.PORTRAIT: "1024x1536",
    Size.WIDE: "1536x1024",
    Size.TALL: "1024x1536",
}
#: Those that DALL-E draws.
_PIXELS_OF_DALL_E = _PIXELS | {
    Size.LANDSCAPE: "1792x1024",
    Size.PORTRAIT: "1024x1792",
    Size.WIDE: "1792x1024",
    Size.TALL: "1024x1792",
}


class AIImageGeneratorBlock(Block):
    """Has a model draw an image from a prompt, over OpenAI's images interface."""

    id = "ed1ae7a0-b770-4089-b520-1f0005fad19a"
    description = "Asks a model for an image and gives its address, or a reference to its file."
    categories = frozenset({Category.AI, Category.MULTIMEDIA})
    block_type = BlockType.AI
    effect = Effect.IDEMPOTENT
    prices = (Price(25, {"quality": "high"}), Price(8))
    examples = (
        Example(
            input={"prompt": "A lighthouse in the fog."},
            output=[("image_url", lambda url: url.startswith("workspace://"))],
        ),
    )

    class Input(Pins):
        prompt: str = Pin(description="What is to be seen.", min_length=1)
        model: str = Pin(
            default=DEFAULT_IMAGE_MODEL,
            description="The model, by the name its provider gives it. A name with blanks, from graphs made elsewhere, "
            f"stands for {DEFAULT_IMAGE_MODEL}.",
            advanced=False,
        )
        size: Size = Pin(default=Size.SQUARE, description="The shape of the image.")
        style: str = Pin(default="any", description="How it is drawn, in a few words; added to the prompt.")
        quality: Quality = Pin(default=Quality.MEDIUM, description="How much work is put into it, if the model asks.")
        credentials: CredentialReference | None = CredentialsPin(
            "openai",
            "google",
            optional=True,
            description="A key of your own for the provider of the model. Without it, the installation's key is used.",
        )

        @field_validator("model")
        @classmethod
        def _is_offered(cls, value: str) -> str:
            return value if value and " " not in value else DEFAULT_IMAGE_MODEL

        @field_validator("credentials", mode="before")
        @classmethod
        def _nothing_is_none(cls, value: Any) -> Any:
            return value or None

    class Output(Pins):
        image_url: str = Pin(description="Where the image is: an address, or a reference to a file of this execution.")
        error: str = Pin(description="Why there is no image.")

    async def run(self, input: Input, context: Context) -> AsyncIterator[tuple[str, Any]]:
        picture = await context.services.images.draw(_request(input, context))
        yield "image_url", picture.url or await _kept(picture, context)


def _request(input: AIImageGeneratorBlock.Input, context: Context) -> ImageRequest:
    style = input.style.strip().replace("_", " ")
    pixels = _PIXELS_OF_DALL_E if input.model.startswith("dall-e") else _PIXELS
    return ImageRequest(
        model=input.model,
        prompt=input.prompt if style.lower() in _NO_STYLE else f"{input.prompt}\n\nStyle: {style}.",
        size=pixels[input.size],
        quality=input.quality if input.model.startswith(_WITH_QUALITY) else "",
        key=context.node_execution_id,
        credential=own_key(input.credentials, context),
    )


async def _kept(picture: Picture, context: Context) -> str:
    if not picture.content:
        raise BlockError("The model has drawn nothing.")
    return await context.services.workspace.keep(File("image.png", picture.content, picture.content_type))
