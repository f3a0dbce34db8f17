"""Showing an execution on a terminal, from its first event to its result."""

from enum import StrEnum
from uuid import UUID

from rich.console import Console

from console.terminal.jsonl import JsonLines
from console.terminal.lines import PlainLines
from console.terminal.result import Result, result_of
from console.terminal.table import LiveTable
from console.terminal.view import View
from executor.models import GraphExecution
from realtime.database import in_database_thread
from realtime.replay import follow


class Style(StrEnum):
    """How it looks."""

    TABLE = "table"  #: redrawn in place; needs a terminal
    LINES = "lines"
    JSON = "json"


def style_for(console: Console) -> Style:
    """A table where one can be redrawn, lines elsewhere."""
    redraws = console.file.isatty() and console.is_terminal and not console.is_dumb_terminal
    return Style.TABLE if redraws else Style.LINES


async def show(execution_id: UUID, *, console: Console, style: Style) -> GraphExecution:
    """Follow an execution until it has ended, and return its final row. Raises ExecutionNotFound."""
    with _view(style, console) as view:
        async for event in follow(execution_id):
            view.take(event)
    execution, result = await in_database_thread(_ended, execution_id)
    view.finish(result)
    return execution


def _view(style: Style, console: Console) -> View:
    match style:
        case Style.TABLE:
            return LiveTable(console)
        case Style.LINES:
            return PlainLines(console)
        case Style.JSON:
            return JsonLines(console)


def _ended(execution_id: UUID) -> tuple[GraphExecution, Result]:
    execution = GraphExecution.objects.get(id=execution_id)
    return execution, result_of(execution)
