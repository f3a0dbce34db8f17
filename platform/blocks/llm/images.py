"""Asking a model for an image, whoever serves it."""

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from blocks.credentials import Credential
from blocks.errors import BlockError


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageRequest:
    """size: pixels, such as 1024x1024.  quality: empty for the provider's own choice.

    key: the same for every try of one node execution.
    """

    model: str
    prompt: str
    size: str
    quality: str = ""
    key: str = ""
    #: Of the user; the installation's own key without it.
    credential: Credential | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """What was drawn: either the image itself, or where it is for some time."""

    content: bytes = b""
    content_type: str = "image/png"
    url: str = ""


@runtime_checkable
class ImageModels(Protocol):
    """A provider of models that draw."""

    async def draw(self, request: ImageRequest) -> Picture:
        """Raises what ChatModels.complete raises."""


class NoImages:
    """Implements ImageModels where nobody draws."""

    async def draw(self, request: ImageRequest) -> Picture:
        raise BlockError("No images are drawn here.")
