import json
from io import StringIO

from rich.console import Console

from console.terminal.jsonl import JsonLines
from tests.console.events import graph_event, node_event
from tests.console.results import make_result


def test_every_event_is_one_line_and_the_result_is_the_last() -> None:
    file = StringIO()
    events = [graph_event("RUNNING", seq=1), node_event("Grüße\n" + "x" * 500, "RUNNING", seq=2)]
    with JsonLines(Console(file=file, width=20)) as view:
        for event in events:
            view.take(event)
    view.finish(make_result())
    *told, result = [json.loads(line) for line in file.getvalue().splitlines()]
    assert told == events
    assert result == {
        "event_type": "result",
        "execution_id": "0198c0de",
        "status": "COMPLETED",
        "outputs": {"answer": [42]},
        "cost": 3,
        "duration": 1.5,
        "node_count": 2,
        "node_error_count": 0,
        "error": None,
        "error_code": None,
        "balance": 997,
    }


def test_a_line_is_ascii_whatever_it_says() -> None:
    file = StringIO()
    JsonLines(Console(file=file)).take(node_event("Grüße \ud800", "RUNNING"))
    assert file.getvalue().isascii()
