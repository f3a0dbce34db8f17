"""The live table: a line for each node execution, redrawn in place, and a line that sums them up."""

from collections.abc import Sequence
from datetime import UTC, datetime
from types import TracebackType
from typing import Self

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from console.terminal.closing import closing_lines
from console.terminal.progress import Event, NodeLine, Progress
from console.terminal.result import Result
from console.terminal.words import counted, credits_text, one_line, seconds_text
from executor.statuses import Status

REDRAWS_PER_SECOND = 8
#: Lines of the screen that no node execution can have: the head, what is left out, the sum, the prompt.
LINES_BESIDE = 4
MIN_LINES = 3
#: Wide enough for most, so that the columns stay where they are while the table grows.
STATUS_WIDTH, TIME_WIDTH = 12, 8

_LOOK = {
    Status.INCOMPLETE: ("…", "dim"),
    Status.QUEUED: ("…", "dim"),
    Status.RUNNING: ("▶", "cyan"),
    Status.REVIEW: ("?", "magenta"),
    Status.COMPLETED: ("✓", "green"),
    Status.FAILED: ("✗", "bold red"),
    Status.TERMINATED: ("■", "yellow"),
}
#: Who leaves first when the screen is full.
_LEAVING = (Status.COMPLETED, Status.TERMINATED, Status.INCOMPLETE, Status.QUEUED, Status.FAILED, Status.REVIEW)


class LiveTable:
    """While it runs, what fits on the screen; at the end the whole table, which then scrolls like any other text."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._progress = Progress()
        self._live = Live(
            console=console,
            get_renderable=self._drawn,
            refresh_per_second=REDRAWS_PER_SECOND,
            transient=True,
        )

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._live.stop()
        self._console.print(table(self._progress.nodes, now=datetime.now(UTC)))
        for node in self._progress.nodes:
            if node.status is Status.FAILED:
                self._console.print(Text(f"{one_line(node.name)}: {one_line(node.error, limit=2000)}", "red"))

    def take(self, event: Event) -> None:
        self._progress.take(event)

    def finish(self, result: Result) -> None:
        for line in closing_lines(result, blocks=True):
            self._console.print(Text(line), soft_wrap=True)

    def _drawn(self) -> RenderableType:
        return screen(self._progress, now=datetime.now(UTC), height=self._console.height)


def screen(progress: Progress, *, now: datetime, height: int) -> RenderableType:
    """The table with as many lines as fit into `height` lines of the screen, and the sum below it."""
    nodes = progress.nodes
    shown = window(nodes, max(MIN_LINES, height - LINES_BESIDE))
    return Group(table(shown, now=now, left_out=len(nodes) - len(shown)), total(progress, now))


def window(nodes: Sequence[NodeLine], room: int) -> list[NodeLine]:
    """Those that fit, in their order. Finished ones leave first, running ones last; among equals the oldest."""
    order = sorted(range(len(nodes)), key=lambda position: (_rank(nodes[position]), position))
    leaving = set(order[: max(0, len(nodes) - room)])
    return [node for position, node in enumerate(nodes) if position not in leaving]


def table(nodes: Sequence[NodeLine], *, now: datetime, left_out: int = 0) -> Table:
    """A line for each node execution. left_out: how many more there are."""
    drawn = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    drawn.add_column("node")  # the one that gives way; its cells cut themselves
    drawn.add_column("status", no_wrap=True, min_width=STATUS_WIDTH)
    drawn.add_column("time", justify="right", no_wrap=True, min_width=TIME_WIDTH)
    drawn.add_column("credits", justify="right", no_wrap=True)
    if left_out:
        drawn.add_row(Text(f"… and {left_out:,} more", "dim"))
    for node in nodes:
        drawn.add_row(*_cells(node, now))
    return drawn


def total(progress: Progress, now: datetime) -> Text:
    """The status, how many node executions have finished of those there are, the time and the credits so far."""
    started = [node for node in progress.nodes if node.status is not Status.INCOMPLETE]
    finished = sum(node.is_finished for node in started)
    parts = (
        progress.status.value,
        f"{finished:,} of {counted(len(started), 'node execution')}",
        seconds_text(progress.seconds(now)),
        credits_text(progress.cost),
    )
    return Text(" · ".join(filter(None, parts)), "bold", no_wrap=True, overflow="ellipsis")


def _cells(node: NodeLine, now: datetime) -> tuple[Text, Text, Text, Text]:
    sign, style = _LOOK[node.status]
    return (
        Text(one_line(node.name), no_wrap=True, overflow="ellipsis"),
        Text(f"{sign} {node.status}", style),
        Text(seconds_text(node.seconds(now))),
        Text(f"{node.cost:,}" if node.cost else ""),
    )


def _rank(node: NodeLine) -> int:
    return _LEAVING.index(node.status) if node.status in _LEAVING else len(_LEAVING)
