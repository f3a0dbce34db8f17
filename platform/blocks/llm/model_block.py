"""What all blocks that ask a chat model have in common."""

from typing import Any

from pydantic import field_validator

from blocks.base import Block, BlockType, Category, Effect, Pin, Pins
from blocks.context import Context
from blocks.credentials import CredentialReference, CredentialsPin
from blocks.filling import fill
from blocks.llm.catalog import DEFAULT_MODEL
from blocks.llm.chat import ChatRequest, Message, Tool
from blocks.llm.own_keys import own_key
from blocks.prices import CostType, Price

#: Answers that one block may ask for before it gives up.
MOST_TRIES = 10


class ModelPins(Pins):
    """Which model is asked, and how much it may say."""

    model: str = Pin(
        default=DEFAULT_MODEL, description="The model, by the name its provider gives it.", min_length=1, advanced=False
    )
    max_tokens: int | None = Pin(default=None, description="The most tokens of one answer.", ge=1)
    credentials: CredentialReference | None = CredentialsPin(
        "openai",
        "anthropic",
        "google",
        "groq",
        "open_router",
        optional=True,
        description="A key of your own for the provider of the model; then the call costs no credits. "
        "Without it, the installation's key is used.",
    )
    ollama_host: str = Pin(
        default="",
        description="Taken from graphs made elsewhere; the provider is set for the whole installation.",
        hidden=True,
    )

    @field_validator("credentials", mode="before")
    @classmethod
    def _nothing_is_none(cls, value: Any) -> Any:
        """An empty object is what is left where a graph was brought in without its credentials."""
        return value or None

    def request(
        self,
        context: Context,
        messages: list[Message],
        *,
        max_tokens: int | None = None,
        tools: tuple[Tool, ...] = (),
        several_calls: bool = False,
        may_call: bool = True,
    ) -> ChatRequest:
        """What the model is asked. max_tokens: instead of the pin's. Raises BlockError for a key that is not there."""
        return ChatRequest(
            model=self.model,
            messages=messages,
            max_tokens=max_tokens or self.max_tokens,
            key=context.node_execution_id,
            tools=tools,
            several_calls=several_calls,
            may_call=may_call,
            credential=own_key(self.credentials, context),
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
