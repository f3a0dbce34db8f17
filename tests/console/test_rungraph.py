"""The command with the real engine in its own process, as after `--inline`."""

from pathlib import Path

import pytest

from accounts.models import User
from credits.models import Account
from executor.models import GraphExecution, Trigger
from graphs.models import Graph
from tests.console.graphs import echo, spend_twice, wait
from tests.console.running import ada, rungraph

pytestmark = pytest.mark.django_db(transaction=True)


def test_plain_lines_end_with_the_outputs_and_the_summary(tmp_path: Path) -> None:
    ada()
    answer = rungraph(echo(tmp_path), "-i", "word=hello", "--inline")
    *_, said, summary = answer.out.splitlines()
    assert answer.code == 0
    assert said == "said: hello"
    assert summary.startswith("COMPLETED · 2 node executions · ")
    assert "0 credits, 1,000 left" in summary
    assert str(GraphExecution.objects.get().id) in summary


def test_json_tells_every_event_in_order_and_the_result_last(tmp_path: Path) -> None:
    ada()
    answer = rungraph(echo(tmp_path), "-i", "word=hello", "--inline", "--json")
    *events, result = answer.objects
    numbers = [event["seq"] for event in events]
    assert numbers == sorted(set(numbers))
    assert events[-1]["event_type"] == "graph_execution_update"
    assert events[-1]["status"] == result["status"] == "COMPLETED"
    assert result["event_type"] == "result"
    assert result["outputs"] == {"said": ["hello"]}
    assert (result["node_count"], result["node_error_count"], result["cost"]) == (2, 0, 0)
    assert result["duration"] > 0


def test_a_value_given_with_i_goes_before_the_file(tmp_path: Path) -> None:
    ada()
    inputs = tmp_path / "inputs.json"
    inputs.write_text('{"word": "file"}')
    answer = rungraph(echo(tmp_path), "--inputs-json", str(inputs), "-i", "word=12", "--inline", "--json")
    assert answer.objects[-1]["outputs"] == {"said": ["12"]}


def test_an_execution_from_here_is_marked_as_such(tmp_path: Path) -> None:
    ada()
    rungraph(echo(tmp_path), "-i", "word=hello", "--inline", "--max-credits", "7")
    execution = GraphExecution.objects.get()
    assert (execution.trigger, execution.max_cost) == (Trigger.COMMAND, 7)


def test_running_an_unchanged_file_again_stores_no_copy(tmp_path: Path) -> None:
    ada()
    path = echo(tmp_path)
    rungraph(path, "-i", "word=one", "--inline")
    rungraph(path, "-i", "word=two", "--inline")
    assert Graph.objects.count() == 1
    Path(path).write_text(Path(path).read_text().replace("Test graph", "Another graph"))
    rungraph(path, "-i", "word=three", "--inline")
    assert Graph.objects.count() == 2


def test_a_stored_graph_runs_by_its_id(tmp_path: Path) -> None:
    ada()
    rungraph(echo(tmp_path), "-i", "word=one", "--inline")
    graph = Graph.objects.get()
    answer = rungraph(str(graph.id), "--version", "1", "-i", "word=two", "--inline", "--json")
    assert answer.objects[-1]["outputs"] == {"said": ["two"]}


def test_a_failed_execution_exits_with_one(tmp_path: Path) -> None:
    ada()
    answer = rungraph(spend_twice(tmp_path), "--inline", "--json", "--max-credits", "1")
    assert answer.code == 1
    assert answer.objects[-1]["error_code"] == "cost_limit"


def test_credits_that_run_out_exit_with_three(tmp_path: Path) -> None:
    ada(credits=1)
    answer = rungraph(spend_twice(tmp_path), "--inline", "--json")
    assert answer.code == 3
    assert answer.objects[-1]["error_code"] == "insufficient_balance"


def test_no_credits_at_all_exit_with_three_and_launch_nothing(tmp_path: Path) -> None:
    ada(credits=0)
    answer = rungraph(echo(tmp_path), "-i", "word=hello", "--inline")
    assert (answer.code, answer.out) == (3, "")
    assert "credits" in answer.told
    assert not GraphExecution.objects.exists()


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ([], "word: A value is required."),
        (["-i", "word"], "write it as name=value"),
        (["-i", "word=a", "-i", "colour=red"], "no input of this name"),
        (["-i", "word=a", "--version", "1"], "--version goes with a graph's id"),
        (["--inputs-json", "nowhere.json"], "the file nowhere.json cannot be read"),
        (["-i", "word=a", "--max-credits", "0"], "0 is not a whole number from 1 to 1,000,000,000"),
        (["-i", "word=a", "--max-credits", "1" * 30], "is not a whole number from 1"),
        (["-i", "word=a", "--max-credits", "1.5"], "1.5 is not a whole number from 1"),
    ],
)
def test_what_cannot_run_exits_with_two_and_launches_nothing(arguments: list[str], reason: str, tmp_path: Path) -> None:
    ada()
    answer = rungraph(echo(tmp_path), *arguments, "--inline")
    assert reason in answer.told
    assert (answer.code, answer.out) == (2, "")
    assert not GraphExecution.objects.exists()


@pytest.mark.parametrize(
    ("graph", "reason"),
    [
        ("nowhere.json", "There is no file nowhere.json"),
        ("0198c0de-0000-7000-8000-000000000000", "has no graph with the id"),
    ],
)
def test_an_unknown_graph_exits_with_two(graph: str, reason: str) -> None:
    ada()
    answer = rungraph(graph, "--inline")
    assert (answer.code, answer.out) == (2, "")
    assert reason in answer.told


def test_a_file_that_is_no_graph_exits_with_two_and_stores_nothing(tmp_path: Path) -> None:
    ada()
    path = tmp_path / "broken.json"
    path.write_text("{")
    assert rungraph(str(path), "--inline").code == 2
    assert not Graph.objects.exists()


def test_a_strangers_graph_is_not_found(tmp_path: Path) -> None:
    ada()
    rungraph(echo(tmp_path), "-i", "word=hello", "--inline")
    User.objects.create_user("grace@example.org")
    answer = rungraph(str(Graph.objects.get().id), "--user", "grace@example.org", "--inline")
    assert answer.code == 2
    assert "has no graph with the id" in answer.told


def test_a_dry_run_estimates_and_keeps_nothing(tmp_path: Path) -> None:
    ada()
    answer = rungraph(spend_twice(tmp_path), "--dry-run", "--json")
    (estimate,) = answer.objects
    assert answer.code == 0
    assert (estimate["event_type"], estimate["node_count"], estimate["balance"]) == ("dry_run", 3, 1000)
    assert (estimate["cost_low"], estimate["cost_high"]) == (2, 2)
    assert not Graph.objects.exists()
    assert not GraphExecution.objects.exists()
    assert Account.objects.get().balance == 1000


def test_a_dry_run_refuses_what_a_run_refuses(tmp_path: Path) -> None:
    ada()
    answer = rungraph(echo(tmp_path), "--dry-run")
    assert answer.code == 2
    assert "word: A value is required." in answer.told


def test_a_dry_run_needs_no_credits(tmp_path: Path) -> None:
    ada(credits=0)
    answer = rungraph(wait(tmp_path, seconds=0), "--dry-run")
    assert answer.code == 0
    assert "the balance is 0 credits" in answer.out
