"""Keeping files for an execution, and reading their text."""

from collections.abc import AsyncIterator
from typing import Any

from blocks.base import Block, Category, Effect, Example, Pin, Pins
from blocks.context import Context
from blocks.files import data_uri, file_of, text_of


class FileStoreBlock(Block):
    """Keeps a file in the workspace of the execution."""

    id = "cbb50872-625b-42f0-8203-a2ae78242d8a"
    description = "Keeps a file for the rest of the execution, or turns it into a data URI."
    categories = frozenset({Category.BASIC, Category.MULTIMEDIA})
    effect = Effect.IDEMPOTENT
    static_output = True
    examples = (
        Example(
            input={"file_in": "data:text/plain,Hi", "base_64": True},
            output=[("file_out", "data:text/plain;base64,SGk=")],
        ),
        Example(
            input={"file_in": "data:text/plain,Hi"},
            output=[("file_out", lambda reference: reference.startswith("workspace://"))],
        ),
    )

    class Input(Pins):
        file_in: str = Pin(description="The file: a data URI, an address on the web, or a reference.")
        base_64: bool = Pin(default=False, description="Whether a data URI is given instead of a reference.")

    class Output(Pins):
        file_out: str = Pin(description="The file: a reference to the workspace, or a data URI.")

    async def run(self, input: Input, context: Context) -> AsyncIterator[tuple[str, Any]]:
        file = await file_of(input.file_in, context)
        reference = await context.services.workspace.keep(file)
        yield "file_out", data_uri(file) if input.base_64 else reference


class FileReadBlock(Block):
    """Reads the text of a file, whole or in parts."""

    id = "3735a31f-7e18-4aca-9e90-08a7120674bc"
    description = "Reads a file as text, as a whole or in pieces of limited size."
    categories = frozenset({Category.TEXT, Category.DATA})
    effect = Effect.IDEMPOTENT
    examples = (
        Example(input={"file_input": "data:text/plain,a%0Ab"}, output=[("content", "a\nb")]),
        Example(
            input={"file_input": "data:text/plain,a,b,c,d", "delimiter": ",", "skip_rows": 1, "row_limit": 2},
            output=[("content", "b,c")],
        ),
        Example(
            input={"file_input": "data:text/plain,abcde", "size_limit": 2, "skip_size": 1},
            output=[("content", "bc"), ("content", "de")],
        ),
    )

    class Input(Pins):
        file_input: str = Pin(description="The file: a data URI, an address on the web, or a reference.")
        delimiter: str = Pin(default="", description="What separates rows; without it the file is one row.")
        size_limit: int = Pin(default=0, description="The most characters of one piece; 0: no limit.", ge=0)
        row_limit: int = Pin(default=0, description="The most rows; 0: no limit.", ge=0)
        skip_size: int = Pin(default=0, description="Characters to leave out at the start.", ge=0)
        skip_rows: int = Pin(default=0, description="Rows to leave out after those characters.", ge=0)

    class Output(Pins):
        content: str = Pin(description="The text, or one piece of it after the other.")

    async def run(self, input: Input, context: Context) -> AsyncIterator[tuple[str, Any]]:
        text = text_of(await file_of(input.file_input, context))
        for piece in _pieces(_chosen(text, input), input.size_limit):
            yield "content", piece


def _chosen(text: str, input: FileReadBlock.Input) -> str:
    """What is left once characters were skipped, then rows, and the rows were limited."""
    rest = text[input.skip_size :]
    rows = rest.split(input.delimiter) if input.delimiter else [rest]
    end = input.skip_rows + input.row_limit if input.row_limit else None
    return input.delimiter.join(rows[input.skip_rows : end])


def _pieces(text: str, size: int) -> list[str]:
    """An empty text is one empty piece."""
    return [text[start : start + size] for start in range(0, len(text), size)] if size and text else [text]
