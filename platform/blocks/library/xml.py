"""Reading XML."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from blocks.base import Block, Category, Effect, Example, Pin, Pins
from blocks.context import Context
from blocks.xml_dialect import parse

#: Characters above which reading is left to a thread.
LARGE = 50_000


class XMLParserBlock(Block):
    """Reads XML, in particular what a model wrote."""

    id = "286380af-9529-4b55-8be0-1d7c854abdb5"
    description = "Reads XML into a dictionary; several roots, code fences and attributes do no harm."
    categories = frozenset({Category.TEXT, Category.DATA})
    effect = Effect.PURE
    examples = (
        Example(
            input={"input_xml": "<order><item>Tea</item><price>3</price></order>"},
            output=[("parsed_xml", {"order": {"item": "Tea", "price": "3"}})],
        ),
        Example(
            input={"input_xml": "<title>T</title>\n<body>B</body>"},
            output=[("parsed_xml", {"title": "T", "body": "B"})],
        ),
    )

    class Input(Pins):
        input_xml: str = Pin(description="The XML.")

    class Output(Pins):
        parsed_xml: Any = Pin(description="A dictionary; a list of dictionaries if roots have the same name.")

    async def run(self, input: Input, context: Context) -> AsyncIterator[tuple[str, Any]]:
        source = input.input_xml
        yield "parsed_xml", await asyncio.to_thread(parse, source) if len(source) > LARGE else parse(source)
