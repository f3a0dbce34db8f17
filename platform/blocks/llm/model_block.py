"""What all blocks that ask a chat model have in common."""

from typing import Any

from blocks.base import Block, BlockType, Category, Effect, Pin, Pins
from blocks.filling import fill
from blocks.llm.catalog import DEFAULT_MODEL
from blocks.prices import CostType, Price

#: Answers that one block may ask for before it gives up.
MOST_TRIES = 10


class ModelPins(Pins):
    """Which model is asked, and how much it may say."""

    model: str = Pin(
        default=DEFAULT_MODEL, description="The model, by the name its provider gives it.", min_length=1, advanced=False
    )
    max_tokens: int | None = Pin(default=None, description="The most tokens of one answer.", ge=1)
    credentials: dict[str, Any] | None = Pin(
        default=None,
        description="Taken from graphs made elsewhere; the key is set for the whole installation.",
        secret=True,
        hidden=True,
    )
    ollama_host: str = Pin(
        default="",
        description="Taken from graphs made elsewhere; the provider is set for the whole installation.",
        hidden=True,
    )


class TemplatePins(ModelPins):
    """A prompt that may be a template."""

    prompt: str = Pin(description="What is asked. A template if prompt_values are given.")
    sys_prompt: str = Pin(default="", description="What the model is told beforehand. A template too.")
    prompt_values: dict[str, str] = Pin(
        default_factory=dict, description="Values that are filled into the prompts, by name.", advanced=False
    )
    retry: int = Pin(
        default=3, description="How many answers are asked for before the block fails.", ge=1, le=MOST_TRIES
    )

    async def filled_prompts(self) -> tuple[str, str]:
        """The system prompt and the prompt, as they are sent. Raises BlockError for a template that is faulty."""
        if not self.prompt_values:
            return self.sys_prompt, self.prompt
        return await fill(self.sys_prompt, self.prompt_values), await fill(self.prompt, self.prompt_values)


class ModelBlock(Block):
    """Asks a chat model. The stable key of the node execution goes with each call, so it may run again."""

    categories = frozenset({Category.AI})
    block_type = BlockType.AI
    effect = Effect.IDEMPOTENT
    #: By the tokens of the model that is asked, and at least one credit.
    prices = (Price(1, type=CostType.TOKENS),)
    #: Several calls of up to two minutes each.
    timeout_seconds = 1800
