"""Letting a model decide which nodes run: it calls them as its tools."""

from collections.abc import AsyncIterator, Collection
from typing import Any

from blocks.base import Example, Pin, Pins
from blocks.context import Context
from blocks.llm.model_block import ModelBlock
from blocks.llm.orchestrating.loop import many_answers
from blocks.llm.orchestrating.once import lacking, one_answer
from blocks.llm.orchestrating.pins import OrchestratorPins
from blocks.llm.toolbox import Toolbox


class OrchestratorBlock(ModelBlock):
    """Has a model call nodes of the graph: those that links lead to from the output `tools`."""

    id = "3b191d9f-356f-482d-8238-ba04b6d18381"
    description = "Asks a model that may call nodes of the graph as its tools, until it has what it needs."
    #: It waits for other nodes.
    runs_nodes = True
    #: Once a model has made its choice, these close the loop; the first time, nobody waits for them.
    unawaited = frozenset({"conversation_history", "last_tool_output"})
    simulated = {"finished": "simulated finished"}
    examples = (
        Example(
            input={"prompt": "Write about gulls."},
            output=[("finished", lambda text: text.startswith("Gulls:"))],
        ),
        Example(
            input={"prompt": "Write about gulls.", "agent_mode_max_iterations": 3},
            output=[("finished", str), ("conversations", lambda turns: len(turns) == 3)],
        ),
    )

    class Input(OrchestratorPins):
        pass

    class Output(Pins):
        tools: Any = Pin(description="The arguments of the tools that the model calls; link it to the nodes.")
        finished: str = Pin(description="What the model says in the end.")
        conversations: list[dict[str, Any]] = Pin(description="All that was said, to go on with.")
        error: str = Pin(description="Why it came to no end.")

    def lacking(self, input: Any, received: Collection[str]) -> str:
        """In a loop of its own it waits for nothing that comes along links."""
        return "" if input.agent_mode_max_iterations else lacking(input, received)

    async def run(self, input: Input, context: Context) -> AsyncIterator[tuple[str, Any]]:
        box = Toolbox(context.tools.offered())
        outputs = many_answers if input.agent_mode_max_iterations else one_answer
        async for output in outputs(input, context, box):
            yield output
