from datetime import UTC, datetime
from io import StringIO

from rich.console import Console

from console.terminal.progress import Progress
from console.terminal.table import LiveTable, screen, window
from tests.console.events import ended, graph_event, node_event
from tests.console.results import make_result

NOW = datetime(2026, 11, 23, 12, 0, 5, tzinfo=UTC)


def progress_of(*events: dict[str, object]) -> Progress:
    progress = Progress()
    for event in events:
        progress.take(event)
    return progress


def drawn(progress: Progress, *, height: int = 40, width: int = 100) -> list[str]:
    console = Console(file=StringIO(), record=True, width=width)
    console.print(screen(progress, now=NOW, height=height))
    return [line.rstrip() for line in console.export_text().splitlines()]


def test_each_node_execution_has_a_line_with_name_status_time_and_credits() -> None:
    progress = progress_of(ended("Greet", seconds=1.25, cost=3), node_event("Ask", "RUNNING"))
    head, greet, ask, *_ = drawn(progress)
    assert head.split() == ["node", "status", "time", "credits"]
    assert greet.split() == ["Greet", "✓", "COMPLETED", "1.25", "s", "3"]
    assert ask.split() == ["Ask", "▶", "RUNNING", "5.00", "s"]


def test_the_last_line_sums_up() -> None:
    progress = progress_of(
        graph_event("RUNNING"), ended("a", cost=3), node_event("b", "RUNNING"), node_event("c", "INCOMPLETE")
    )
    assert drawn(progress)[-1] == "RUNNING · 1 of 2 node executions · 5.00 s · 3 credits"


def test_a_full_screen_keeps_the_running_ones_and_counts_the_rest() -> None:
    finished = [ended(f"done-{number}") for number in range(50)]
    lines = drawn(progress_of(node_event("first", "RUNNING"), *finished, node_event("last", "RUNNING")), height=10)
    assert len(lines) < 10
    assert lines[1] == "… and 46 more"
    assert [line.split()[0] for line in lines[2:-1]] == ["first", "done-46", "done-47", "done-48", "done-49", "last"]


def test_a_failed_line_outlasts_the_completed_ones() -> None:
    progress = progress_of(ended("bad", "FAILED"), *[ended(str(number)) for number in range(9)])
    assert [node.name for node in window(progress.nodes, 3)] == ["bad", "7", "8"]


def test_a_long_name_is_cut_and_costs_no_second_line() -> None:
    lines = drawn(progress_of(ended("x" * 300)), width=50)
    assert len(lines) == 3
    assert "…" in lines[1]
    assert "COMPLETED" in lines[1]


def test_a_name_can_neither_style_nor_steer_the_terminal() -> None:
    lines = drawn(progress_of(ended("evil", node_name="[bold]a[/bold]\x1b[2J")))
    assert lines[1].startswith(r"[bold]a[/bold]\u001b[2J")


def test_the_end_shows_the_whole_table_then_the_errors_then_the_result() -> None:
    console = Console(file=StringIO(), record=True, width=100, height=8, force_terminal=True)
    with LiveTable(console) as view:
        for number in range(20):
            view.take(ended(f"node-{number}"))
        view.take(ended("Fetch", "FAILED", error="No such host."))
    view.finish(make_result())
    lines = [line.rstrip() for line in console.export_text().splitlines()]
    whole = lines[max(position for position, line in enumerate(lines) if line.startswith("node ")) :]
    assert sum(line.startswith("node-") for line in whole) == 20
    assert whole[-3:-1] == ["Fetch: No such host.", "answer: 42"]
    assert whole[-1].startswith("COMPLETED · 2 node executions · 1.50 s · 3 credits, 997 left")
