"""Where a graph's outputs leave it."""

from collections.abc import AsyncIterator
from typing import Any

from blocks.base import Block, BlockType, Category, Effect, Example, Pin, Pins
from blocks.context import Context
from blocks.errors import BlockError
from blocks.filling import fill


class AgentOutputBlock(Block):
    """Gives a value to whoever started the graph; a template may turn it into text first."""

    id = "363ae599-353e-4804-937e-b2ee3cef3da4"
    description = "Gives a value out of the graph, as it is or through a template."
    categories = frozenset({Category.OUTPUT, Category.BASIC})
    block_type = BlockType.OUTPUT
    effect = Effect.PURE
    static_output = True
    examples = (
        Example(input={"name": "answer", "value": 42}, output=[("output", 42), ("name", "answer")]),
        Example(
            input={"name": "answer", "value": 42, "format": "It is {{ answer }}."},
            output=[("output", "It is 42.")],
        ),
    )

    class Input(Pins):
        value: Any = Pin(default=None, description="The value.", advanced=False)
        name: str = Pin(description="The name of the output.")
        title: str | None = Pin(default=None, description="What the page calls it; the name unless given.")
        description: str | None = Pin(default=None, description="What the page says about it.")
        format: str = Pin(
            default="",
            description="A template that knows the value by the output's name.",
            placeholder="Dear {{ customer }}, …",
        )
        escape_html: bool = Pin(default=False, description="Whether the template escapes what HTML treats specially.")
        advanced: bool = Pin(default=False, description="Whether the page shows it on request only.")
        secret: bool = Pin(default=False, description="Whether the value is kept out of exports.")

    class Output(Pins):
        output: Any = Pin(description="The value, or the text that the template made of it.")
        name: str = Pin(description="The name of the output; not given with a template.")

    async def run(self, input: Input, context: Context) -> AsyncIterator[tuple[str, Any]]:
        if input.format:
            yield "output", await _rendered(input)
        else:
            yield "output", input.value
            yield "name", input.name


async def _rendered(input: AgentOutputBlock.Input) -> str:
    """The template's text. A faulty template gives its error as the text, so that the caller sees it."""
    try:
        return await fill(input.format, {input.name: input.value}, escape_html=input.escape_html)
    except BlockError as error:
        return error.message
