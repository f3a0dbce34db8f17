from io import StringIO

from rich.console import Console

from console.terminal.lines import PlainLines
from tests.console.events import ended, graph_event, node_event
from tests.console.results import make_result


def written(*events: dict[str, object], width: int = 80) -> list[str]:
    file = StringIO()
    with PlainLines(Console(file=file, width=width)) as view:
        for event in events:
            view.take(event)
    return file.getvalue().splitlines()


def test_each_new_status_is_one_line() -> None:
    lines = written(
        graph_event("RUNNING"),
        node_event("Greet", "RUNNING"),
        ended("Greet", seconds=1.25, cost=3),
        graph_event("COMPLETED"),
    )
    assert lines == [
        "RUNNING     (the execution)",
        "RUNNING     Greet",
        "COMPLETED   Greet  1.25 s, 3 credits",
        "COMPLETED   (the execution)",
    ]


def test_an_emitted_output_is_no_new_status() -> None:
    running = node_event("Count", "RUNNING")
    assert len(written(running, running | {"output_data": {"item": [1]}, "output_index": 0})) == 1


def test_a_failure_says_why() -> None:
    assert written(ended("Fetch", "FAILED", error="No such host.")) == ["FAILED      Fetch  1.00 s: No such host."]


def test_nothing_is_folded_styled_or_spread_over_lines() -> None:
    (line,) = written(ended("[red]" + "x" * 150, error="two\nlines"), width=20)
    assert "\x1b" not in line
    assert line.endswith(r"two\nlines")


def test_the_result_lists_every_output_and_ends_with_the_summary() -> None:
    file = StringIO()
    outputs = {"answer": [1, "two\nlines"], "poem": ["y" * 500]}
    PlainLines(Console(file=file, width=20)).finish(make_result(outputs=outputs, node_error_count=1, error="Broke."))
    assert file.getvalue().splitlines() == [
        "answer: 1",
        r'answer: "two\nlines"',
        f"poem: {'y' * 500}",
        "error: Broke.",
        "COMPLETED · 2 node executions, 1 failed · 1.50 s · 3 credits, 997 left · 0198c0de",
    ]
