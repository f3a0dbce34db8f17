"""Rows of a table: of text, or of the first sheet of a workbook."""

import asyncio
import csv
import io
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from typing import Any

from blocks.base import Block, Category, Effect, Example, Pin, Pins
from blocks.context import Context
from blocks.errors import BlockError
from blocks.files import file_of, text_of
from blocks.web import File
from reliability.sandbox import SandboxError
from reliability.sandbox.workbooks import first_sheet

Row = dict[str, str]
#: The values of a row, in order.
Line = Sequence[str]

#: Characters of a table that is read at once, in the loop of all blocks.
QUICK_CHARACTERS = 50_000
#: What a workbook of Excel begins with: .xlsx is a ZIP file, .xls a compound file.
WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")


class ReadSpreadsheetBlock(Block):
    """Reads a table of comma separated values, or separated by something else, or the first sheet of a workbook."""

    id = "acf7625e-d2cb-4941-bfeb-2819fc6fc015"
    description = "Reads the rows of a table in CSV or of a sheet of Excel, as objects of column names and values."
    categories = frozenset({Category.TEXT, Category.DATA})
    effect = Effect.IDEMPOTENT
    examples = (
        Example(
            input={"contents": "name,age\nAda, 36\nGrace,45"},
            output=[("rows", [{"name": "Ada", "age": "36"}, {"name": "Grace", "age": "45"}])],
        ),
        Example(
            input={"contents": "a;b\nc;d", "delimiter": ";", "has_header": False, "produce_singular_result": True},
            output=[("row", {"0": "a", "1": "b"}), ("row", {"0": "c", "1": "d"})],
        ),
    )

    class Input(Pins):
        contents: str | None = Pin(default=None, description="The text of the table.", advanced=False)
        file_input: str | None = Pin(
            default=None,
            description="A file of it, in CSV or of Excel (.xlsx, .xls); it wins over the text. A data URI, an address "
            "on the web, or a reference.",
            advanced=False,
        )
        delimiter: str = Pin(default=",", description="What separates values.")
        quotechar: str = Pin(default='"', description="What encloses values that have a delimiter in them.")
        escapechar: str = Pin(default="\\", description="What stands before a character that is meant literally.")
        has_header: bool = Pin(default=True, description="Whether the first row names the columns.")
        skip_rows: int = Pin(default=0, description="Rows to leave out after the header.", ge=0)
        strip: bool = Pin(default=True, description="Whether to drop the space around each value.")
        skip_columns: list[str] = Pin(
            default_factory=list, description="Columns to leave out, by their names or by their numbers, from 0."
        )
        produce_singular_result: bool = Pin(default=False, description="Whether each row is given by itself.")

    class Output(Pins):
        row: Row = Pin(description="A row, one after the other, if they are wanted so.")
        rows: list[Row] = Pin(description="All rows, otherwise.")

    async def run(self, input: Input, context: Context) -> AsyncIterator[tuple[str, Any]]:
        rows = await _rows_of(input, context)
        if not input.produce_singular_result:
            yield "rows", rows
            return
        for row in rows:
            yield "row", row


async def _rows_of(input: ReadSpreadsheetBlock.Input, context: Context) -> list[Row]:
    file = await file_of(input.file_input, context) if input.file_input else None
    if file is not None and file.content.startswith(WORKBOOKS):
        return await asyncio.to_thread(list, rows_of(await _sheet(file), input))
    text = _text(file, input)
    if len(text) > QUICK_CHARACTERS:
        return await asyncio.to_thread(table_of, text, input)
    return table_of(text, input)


async def _sheet(workbook: File) -> list[list[str]]:
    try:
        return await first_sheet(workbook.content)
    except SandboxError as error:
        raise BlockError(f"The input file_input cannot be read. {error.message}") from error


def _text(file: File | None, input: ReadSpreadsheetBlock.Input) -> str:
    if file is not None:
        return text_of(file).removeprefix("\ufeff")
    if input.contents is None:
        raise BlockError("One of the inputs contents and file_input is needed.")
    return input.contents


def table_of(text: str, input: ReadSpreadsheetBlock.Input) -> list[Row]:
    """Raises BlockError for a table that cannot be read."""
    try:
        return list(rows_of(_lines(text, input), input))
    except (csv.Error, TypeError, ValueError) as error:
        raise BlockError(f"The table cannot be read: {error}.") from error


def _lines(text: str, input: ReadSpreadsheetBlock.Input) -> Iterator[Line]:
    return csv.reader(
        io.StringIO(text, newline=""),
        delimiter=input.delimiter,
        quotechar=input.quotechar or None,
        quoting=csv.QUOTE_MINIMAL if input.quotechar else csv.QUOTE_NONE,
        escapechar=input.escapechar or None,
    )


def rows_of(table: Iterable[Line], input: ReadSpreadsheetBlock.Input) -> Iterator[Row]:
    """Each line by the names of its columns; those without a name have their number."""
    lines = iter(table)
    header = next(lines, []) if input.has_header else []
    names = {number: _cell(name, input) for number, name in enumerate(header)}
    by_name = frozenset(input.skip_columns)
    by_number = by_name.difference(names.values())  # what is a name means the column that has it
    for number, line in enumerate(lines):
        if number >= input.skip_rows:
            yield {
                names.get(column, str(column)): _cell(value, input)
                for column, value in enumerate(line)
                if names.get(column) not in by_name and str(column) not in by_number
            }


def _cell(value: str, input: ReadSpreadsheetBlock.Input) -> str:
    return value.strip() if input.strip else value
