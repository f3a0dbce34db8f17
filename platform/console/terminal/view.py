"""What every way of showing an execution can do."""

from types import TracebackType
from typing import Protocol, Self

from console.terminal.progress import Event
from console.terminal.result import Result


class View(Protocol):
    """Entered before the first event, left after the last one; then it is given the result, if there is one."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def take(self, event: Event) -> None: ...

    def finish(self, result: Result) -> None: ...
