"""One JSON object a line, for programs: every event as it is, then the result."""

import json
from types import TracebackType
from typing import Any, Self

from rich.console import Console

from console.terminal.progress import Event
from console.terminal.result import Result


class JsonLines:
    """Writes past rich, which would measure and fold; ASCII only, so that any locale can carry it."""

    def __init__(self, console: Console) -> None:
        self._file = console.file

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.flush()

    def take(self, event: Event) -> None:
        self.write(event)

    def finish(self, result: Result) -> None:
        self.write(result.as_dict())

    def write(self, value: dict[str, Any]) -> None:
        """A line leaves at once, so that a reader sees it when it happens."""
        self._file.write(f"{json.dumps(value, separators=(',', ':'))}\n")
        self._file.flush()
