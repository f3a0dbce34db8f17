"""Wikipedia.

Source: en.wikipedia.org/api/rest_v1, page/summary.
"""

from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import quote

from blocks.base import Block, Category, Effect, Example, Pin, Pins
from blocks.context import Context
from blocks.errors import BlockError
from blocks.prices import Price
from blocks.service import SHOWN, said_by

ADDRESS = "https://en.wikipedia.org/api/rest_v1/page/summary"


class GetWikipediaSummaryBlock(Block):
    """Reads the first paragraph of an article."""

    id = "f5b0f5d0-1862-4d61-94be-3ad0fa772760"
    description = "Gives the summary of a topic from Wikipedia."
    categories = frozenset({Category.SEARCH})
    effect = Effect.IDEMPOTENT
    prices = (Price(1),)
    examples = (
        Example(
            input={"topic": "Artificial intelligence"},
            output=[("summary", "Machines that think.")],
            web={f"GET {ADDRESS}/Artificial_intelligence": {"extract": "Machines that think."}},
        ),
    )

    class Input(Pins):
        topic: str = Pin(description="The topic, as its article is called.", min_length=1, max_length=500)

    class Output(Pins):
        summary: str = Pin(description="The summary.")
        error: str = Pin(description="Why there is none.")

    async def run(self, input: Input, context: Context) -> AsyncIterator[tuple[str, Any]]:
        title = quote(input.topic.strip().replace(" ", "_"), safe="")
        answer = await context.services.web.request("GET", f"{ADDRESS}/{title}")
        if not answer.is_ok:
            raise BlockError(f"Wikipedia answered with status {answer.status}: {said_by(answer)[:SHOWN]}")
        said = answer.json()
        if not isinstance(said, dict) or not isinstance(said.get("extract"), str):
            raise BlockError(f"Wikipedia has no summary of {input.topic[:100]}.")
        yield "summary", said["extract"]
