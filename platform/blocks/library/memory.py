"""Remembering values between executions, for one user."""

from collections.abc import AsyncIterator
from enum import StrEnum
from typing import Any

from blocks.base import Block, Category, Effect, Example, Pin, Pins
from blocks.context import MISSING, Context


class Scope(StrEnum):
    """Who shares what is remembered."""

    WITHIN_AGENT = "within_agent"
    ACROSS_AGENTS = "across_agents"


def memory_key(scope: Scope, key: str, *, graph_id: str) -> str:
    """The name a value is kept under: the graph's own, or one for all graphs of the user."""
    return f"agent#{graph_id}#{key}" if scope is Scope.WITHIN_AGENT else f"global#{key}"


class PersistInformationBlock(Block):
    """Keeps a value for later executions."""

    id = "1d055e55-a2b9-4547-8311-907d05b0304d"
    description = "Keeps a value under a key, for this graph or for all graphs of its owner."
    categories = frozenset({Category.DATA})
    effect = Effect.IDEMPOTENT
    examples = (Example(input={"key": "greeting", "value": {"a": 1}}, output=[("value", {"a": 1})]),)

    class Input(Pins):
        key: str = Pin(description="The key.")
        value: Any = Pin(description="The value.")
        scope: Scope = Pin(default=Scope.WITHIN_AGENT, description="Whether other graphs may retrieve it.")

    class Output(Pins):
        value: Any = Pin(description="The kept value.")

    async def run(self, input: Input, context: Context) -> AsyncIterator[tuple[str, Any]]:
        await context.services.memory.put(memory_key(input.scope, input.key, graph_id=context.graph_id), input.value)
        yield "value", input.value


class RetrieveInformationBlock(Block):
    """Gives back what was kept."""

    id = "d8710fc9-6e29-481e-a7d5-165eb16f8471"
    description = "Gives the value that was kept under a key, or a default."
    categories = frozenset({Category.DATA})
    effect = Effect.IDEMPOTENT
    static_output = True
    examples = (
        Example(
            input={"key": "greeting", "scope": "across_agents"},
            memory={"global#greeting": "Hello"},
            output=[("value", "Hello")],
        ),
        Example(input={"key": "greeting", "default_value": "Hi"}, output=[("value", "Hi")]),
    )

    class Input(Pins):
        key: str = Pin(description="The key.")
        scope: Scope = Pin(default=Scope.WITHIN_AGENT, description="Whether it was kept for all graphs.")
        default_value: Any = Pin(default=None, description="What is given when nothing was kept.")

    class Output(Pins):
        value: Any = Pin(description="The kept value, or the default.")

    async def run(self, input: Input, context: Context) -> AsyncIterator[tuple[str, Any]]:
        kept = await context.services.memory.get(memory_key(input.scope, input.key, graph_id=context.graph_id))
        yield "value", input.default_value if kept is MISSING else kept
