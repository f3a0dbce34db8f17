"""Pictures by models that run at Replicate.

Source: replicate.com/docs/reference/http, and the pages of the models.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Literal

from blocks.answers import failure, find, part
from blocks.base import Block, Category, Effect, Example, Pin, Pins
from blocks.context import Context
from blocks.credentials import CredentialReference, CredentialsPin
from blocks.errors import BlockError
from blocks.paths import path_part
from blocks.prices import Price
from blocks.service import Service, without_nones
from blocks.waiting import until

REPLICATE = Service("Replicate", "https://api.replicate.com")

#: Replicate itself gives up after this time, also if nobody is left to cancel.
DEADLINE_MINUTES = 10

_UNDER_WAY = frozenset({"starting", "processing"})


class FluxModel(StrEnum):
    SCHNELL = "Flux Schnell"
    PRO = "Flux Pro"
    PRO_1_1 = "Flux Pro 1.1"


@dataclass(frozen=True)
class _Model:
    """name: as Replicate calls it.  takes: the inputs that it has beside those of all models."""

    name: str
    takes: frozenset[str]


_MODELS = {
    FluxModel.SCHNELL: _Model("black-forest-labs/flux-schnell", frozenset()),
    FluxModel.PRO: _Model(
        "black-forest-labs/flux-pro", frozenset({"steps", "guidance", "interval", "safety_tolerance"})
    ),
    FluxModel.PRO_1_1: _Model("black-forest-labs/flux-1.1-pro", frozenset({"safety_tolerance"})),
}
_ALL_TAKE = frozenset({"prompt", "seed", "aspect_ratio", "output_format", "output_quality"})


class ReplicateFluxAdvancedModelBlock(Block):
    """Has a Flux model paint a picture. A picture that nobody waits for any more is cancelled."""

    id = "90f8c45e-e983-4644-aa0b-b4ebe2f531bc"
    description = "Paints a picture with a Flux model, by Replicate."
    categories = frozenset({Category.AI, Category.MULTIMEDIA})
    effect = Effect.ONCE
    prices = (
        Price(6, {"replicate_model_name": "Flux Pro"}),
        Price(4, {"replicate_model_name": "Flux Pro 1.1"}),
        Price(1),
    )
    timeout_seconds = 60 * DEADLINE_MINUTES
    examples = (
        Example(
            input={"prompt": "A lake at sunrise", "replicate_model_name": "Flux Pro 1.1"},
            output=[("result", "https://replicate.delivery/lake.webp")],
            web={
                "POST https://api.replicate.com/v1/models/black-forest-labs/flux-1.1-pro/predictions": {
                    "id": "p1",
                    "status": "starting",
                },
                "GET https://api.replicate.com/v1/predictions/p1": {
                    "id": "p1",
                    "status": "succeeded",
                    "output": "https://replicate.delivery/lake.webp",
                },
            },
        ),
    )

    class Input(Pins):
        credentials: CredentialReference = CredentialsPin("replicate", description="An API token of Replicate.")
        prompt: str = Pin(description="What the picture shows.")
        replicate_model_name: FluxModel = Pin(
            default=FluxModel.SCHNELL, description="The model.", title="Image Generation Model", advanced=False
        )
        seed: int | None = Pin(default=None, description="The same seed gives the same picture.")
        steps: int = Pin(default=25, description="Steps of diffusion. Flux Pro only.")
        guidance: float = Pin(default=3, description="How closely the picture follows the prompt. Flux Pro only.")
        interval: float = Pin(default=2, description="How much pictures may differ. Flux Pro only.")
        aspect_ratio: str = Pin(default="1:1", description="Width to height.", placeholder="16:9")
        output_format: Literal["webp", "jpg", "png"] = Pin(default="webp", description="The kind of file.")
        output_quality: int = Pin(default=80, description="The quality, 0 to 100. Not for png.")
        safety_tolerance: int = Pin(default=2, description="From 1, strict, to 5, lenient. Not for Flux Schnell.")

    class Output(Pins):
        result: str = Pin(description="The address of the picture. Replicate keeps it for an hour.")
        error: str = Pin(description="Why there is no picture.")

    async def run(self, input: Input, context: Context) -> AsyncIterator[tuple[str, Any]]:
        model = _MODELS[input.replicate_model_name]
        wanted = without_nones(input.model_dump(include=set(_ALL_TAKE | model.takes)))
        said = await _predict(model.name, wanted, context)
        if find(said, "status") != "succeeded":
            message = find(said, "error") or find(said, "status")
            raise failure(REPLICATE, context, "did not make the picture", message)
        yield "result", first_output(find(said, "output"))


async def _predict(model: str, wanted: dict[str, Any], context: Context) -> Any:
    """What Replicate says of the prediction in the end."""
    headers = {"Cancel-After": f"{DEADLINE_MINUTES}m"}
    started = await REPLICATE.ask(
        context, "POST", f"/v1/models/{model}/predictions", json={"input": wanted}, headers=headers
    )
    if _is_over(started):
        return started
    path = f"/v1/predictions/{path_part(str(part(REPLICATE, started, 'id')))}"
    return await until(
        _is_over,
        lambda: REPLICATE.ask(context, "GET", path),
        cancel=lambda: REPLICATE.ask(context, "POST", f"{path}/cancel"),
    )


def first_output(output: Any) -> str:
    """A model gives one address, or a list of them. Raises BlockError if there is none."""
    first = output[0] if isinstance(output, list) and output else output
    if not (isinstance(first, str) and first):
        raise BlockError("Replicate gave no picture.")
    return first


def _is_over(said: Any) -> bool:
    return find(said, "status") not in _UNDER_WAY
