"""Plain lines, for a pipe or a log: one for each status that the execution or one of its nodes takes."""

from types import TracebackType
from typing import Self

from rich.console import Console

from console.terminal.closing import closing_lines
from console.terminal.progress import Event, NodeLine, node_line
from console.terminal.result import Result
from console.terminal.words import credits_text, one_line, seconds_text
from executor.statuses import Status

_STATUS_WIDTH = max(len(status) for status in Status)


class PlainLines:
    """An output that a node emits is no new status, and makes no line; the outputs come with the result."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._statuses: dict[str, str] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._console.file.flush()

    def take(self, event: Event) -> None:
        key = event.get("node_exec_id") or event["id"]
        if self._statuses.get(key) != event["status"]:
            self._statuses[key] = event["status"]
            self._write(line_of(event))

    def finish(self, result: Result) -> None:
        for line in closing_lines(result):
            self._write(line)

    def _write(self, line: str) -> None:
        self._console.out(line, highlight=False)
        self._console.file.flush()


def line_of(event: Event) -> str:
    """`STATUS  name  time, credits: error`, with only what is known."""
    if event["event_type"] == "node_execution_update":
        return _of_node(node_line(event))
    return f"{event['status']:<{_STATUS_WIDTH}}  (the execution)"


def _of_node(node: NodeLine) -> str:
    took = seconds_text((node.ended_at - node.started_at).total_seconds()) if node.started_at and node.ended_at else ""
    facts = ", ".join(filter(None, (took, credits_text(node.cost) if node.cost and node.is_finished else "")))
    line = f"{node.status:<{_STATUS_WIDTH}}  {one_line(node.name)}"
    line = f"{line}  {facts}" if facts else line
    return f"{line}: {one_line(node.error)}" if node.error else line
