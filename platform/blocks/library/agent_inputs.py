"""Where a graph's inputs enter it: one block for each kind of value a form can ask for."""

from collections.abc import AsyncIterator
from datetime import date, time
from typing import Any

from pydantic import AliasChoices

from blocks.base import Block, BlockType, Category, Effect, Example, Pin, Pins
from blocks.context import Context
from blocks.files import DATA, data_uri, file_of
from blocks.workspace import is_reference

Row = dict[str, Any]


class InputPins(Pins):
    """What every input of a graph has beside its value."""

    name: str = Pin(description="The name of the input.")
    title: str | None = Pin(default=None, description="What the form calls it; the name unless given.")
    description: str | None = Pin(default=None, description="What the form says about it.")
    advanced: bool = Pin(default=False, description="Whether the form shows it on request only.")
    secret: bool = Pin(default=False, description="Whether the value is kept out of exports.")


class GraphInput(Block):
    """The family's common part: the value goes on to the graph, unless there is none."""

    categories = frozenset({Category.INPUT, Category.BASIC})
    block_type = BlockType.INPUT
    effect = Effect.PURE
    static_output = True
    requires_value = True

    async def run(self, input: Any, context: Context) -> AsyncIterator[tuple[str, Any]]:
        if input.value is not None:
            yield "result", input.value


class AgentInputBlock(GraphInput):
    """Accepts any value."""

    id = "c0a8e994-ebf1-4a9c-a4d8-89d09c86741b"
    description = "Takes a value of any kind into the graph."
    examples = (
        Example(input={"name": "question", "value": "Why?"}, output=[("result", "Why?")]),
        Example(input={"name": "question"}, output=[]),
    )

    class Input(InputPins):
        value: Any = Pin(default=None, description="The value.", advanced=False)

    class Output(Pins):
        result: Any = Pin(description="The value.")


class AgentShortTextInputBlock(GraphInput):
    """Accepts one line of text."""

    id = "7fcd3bcb-8e1b-4e69-903d-32d3d4a92158"
    description = "Takes a short text into the graph."
    examples = (Example(input={"name": "city", "value": "Paris"}, output=[("result", "Paris")]),)

    class Input(InputPins):
        value: str | None = Pin(default=None, description="The text.", advanced=False)

    class Output(Pins):
        result: str = Pin(description="The text.")


class AgentLongTextInputBlock(GraphInput):
    """Accepts text of several lines."""

    id = "90a56ffb-7024-4b2b-ab50-e26c5e5ab8ba"
    description = "Takes a long text into the graph."
    examples = (
        Example(input={"name": "letter", "value": "Dear Ada,\nhello."}, output=[("result", "Dear Ada,\nhello.")]),
    )

    class Input(InputPins):
        value: str | None = Pin(default=None, description="The text.", advanced=False)

    class Output(Pins):
        result: str = Pin(description="The text.")


class AgentNumberInputBlock(GraphInput):
    """Accepts a whole number."""

    id = "96dae2bb-97a2-41c2-bd2f-13a3b5a8ea98"
    description = "Takes a whole number into the graph."
    examples = (
        Example(input={"name": "count", "value": 0}, output=[("result", 0)]),
        Example(input={"name": "count", "value": "12"}, output=[("result", 12)]),
    )

    class Input(InputPins):
        value: int | None = Pin(default=None, description="The number.", advanced=False)

    class Output(Pins):
        result: int = Pin(description="The number.")


class AgentDateInputBlock(GraphInput):
    """Accepts a calendar date and passes it on as ISO 8601 text."""

    id = "7e198b09-4994-47db-8b4d-952d98241817"
    description = "Takes a date into the graph, such as 2026-11-23."
    examples = (Example(input={"name": "day", "value": "2026-11-23"}, output=[("result", "2026-11-23")]),)

    class Input(InputPins):
        value: date | None = Pin(default=None, description="The date, YYYY-MM-DD.", advanced=False)

    class Output(Pins):
        result: str = Pin(description="The date, YYYY-MM-DD.")

    async def run(self, input: Input, context: Context) -> AsyncIterator[tuple[str, Any]]:
        if input.value is not None:
            yield "result", input.value.isoformat()


class AgentTimeInputBlock(GraphInput):
    """Accepts a time of day and passes it on as ISO 8601 text."""

    id = "2a1c757e-86cf-4c7e-aacf-060dc382e434"
    description = "Takes a time of day into the graph, such as 09:30:00."
    examples = (Example(input={"name": "start", "value": "09:30"}, output=[("result", "09:30:00")]),)

    class Input(InputPins):
        value: time | None = Pin(default=None, description="The time, HH:MM:SS.", advanced=False)

    class Output(Pins):
        result: str = Pin(description="The time, HH:MM:SS.")

    async def run(self, input: Input, context: Context) -> AsyncIterator[tuple[str, Any]]:
        if input.value is not None:
            yield "result", input.value.isoformat()


class AgentFileInputBlock(GraphInput):
    """Accepts a file. What an address on the web leads to is fetched, and goes on as a data URI."""

    id = "95ead23f-8283-4654-aef3-10c053b74a31"
    requires_value = False
    effect = Effect.IDEMPOTENT
    description = "Takes a file into the graph, as a data URI."
    examples = (
        Example(
            input={"name": "notes", "value": "data:text/plain;base64,SGk="},
            output=[("result", "data:text/plain;base64,SGk=")],
        ),
        Example(input={"name": "notes", "value": ""}, output=[]),
    )

    class Input(InputPins):
        value: str | None = Pin(
            default=None, description="The file: a data URI, an address, or a reference.", advanced=False
        )
        base_64: bool = Pin(default=False, description="Whether it is a data URI in every case.")

    class Output(Pins):
        result: str = Pin(description="The file.")

    async def run(self, input: Input, context: Context) -> AsyncIterator[tuple[str, Any]]:
        if not input.value:
            return
        goes_on_as_it_is = input.value.startswith(DATA) or (is_reference(input.value) and not input.base_64)
        yield "result", input.value if goes_on_as_it_is else data_uri(await file_of(input.value, context))


class AgentDropdownInputBlock(GraphInput):
    """Accepts one of a list of texts."""

    id = "655d6fdf-a334-421c-b733-520549c07cd1"
    description = "Takes one of several options into the graph."
    examples = (
        Example(input={"name": "size", "value": "M", "options": ["S", "M"]}, output=[("result", "M")]),
        Example(input={"name": "size", "value": "S", "placeholder_values": ["S", "M"]}, output=[("result", "S")]),
    )

    class Input(InputPins):
        value: str | None = Pin(default=None, description="The chosen option.", advanced=False)
        options: list[Any] = Pin(
            default_factory=list,
            description="What the form offers.",
            advanced=False,
            validation_alias=AliasChoices("options", "placeholder_values"),
        )

    class Output(Pins):
        result: str = Pin(description="The chosen option.")


class AgentToggleInputBlock(GraphInput):
    """Accepts yes or no; no unless given."""

    id = "cbf36ab5-df4a-43b6-8a7f-f7ed8652116e"
    requires_value = False
    description = "Takes a yes or no into the graph."
    examples = (
        Example(input={"name": "polite", "value": True}, output=[("result", True)]),
        Example(input={"name": "polite"}, output=[("result", False)]),
    )

    class Input(InputPins):
        value: bool = Pin(default=False, description="Yes or no.", advanced=False)

    class Output(Pins):
        result: bool = Pin(description="Yes or no.")


class AgentTableInputBlock(GraphInput):
    """Accepts rows, each an object of column names and values; no rows unless given."""

    id = "5603b273-f41e-4020-af7d-fbc9c6a8d928"
    requires_value = False
    description = "Takes a table into the graph."
    examples = (
        Example(input={"name": "people", "value": [{"Name": "Ada"}]}, output=[("result", [{"Name": "Ada"}])]),
        Example(input={"name": "people"}, output=[("result", [])]),
    )

    class Input(InputPins):
        value: list[Row] | None = Pin(default=None, description="The rows.", advanced=False)
        column_headers: list[str] = Pin(
            default_factory=lambda: ["Column 1", "Column 2", "Column 3"],
            description="The columns of the form.",
            advanced=False,
        )

    class Output(Pins):
        result: list[Row] = Pin(description="The rows.")

    async def run(self, input: Input, context: Context) -> AsyncIterator[tuple[str, Any]]:
        yield "result", input.value or []


class AgentGoogleDriveFileInputBlock(GraphInput):
    """Accepts a file that was picked in Google Drive."""

    id = "d3b32f15-6fd7-40e3-be52-e083f51b19a2"
    requires_value = False
    description = "Takes a Google Drive file into the graph."
    examples = (
        Example(input={"name": "sheet", "value": {"id": "1a"}}, output=[("result", {"id": "1a"})]),
        Example(input={"name": "sheet"}, output=[]),
    )

    class Input(InputPins):
        value: Row | None = Pin(default=None, description="What the picker returned.", advanced=False)
        allowed_views: list[str] = Pin(default_factory=list, description="What the picker shows; all unless given.")
        allow_folder_selection: bool = Pin(default=False, description="Whether a folder may be picked.")

    class Output(Pins):
        result: Row = Pin(description="What the picker returned.")
