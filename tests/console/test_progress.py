from datetime import UTC, datetime

from console.terminal.progress import Progress
from executor.statuses import Status
from tests.console.events import ended, graph_event, node_event

NOW = datetime(2026, 11, 23, 12, 0, 5, tzinfo=UTC)


def progress_of(*events: dict[str, object]) -> Progress:
    progress = Progress()
    for event in events:
        progress.take(event)
    return progress


def test_a_node_execution_keeps_its_line_through_all_its_events() -> None:
    progress = progress_of(
        node_event("a", "QUEUED"), node_event("b", "QUEUED"), node_event("a", "RUNNING"), ended("a", cost=2)
    )
    assert [(node.name, node.status) for node in progress.nodes] == [("a", Status.COMPLETED), ("b", Status.QUEUED)]


def test_a_running_node_counts_until_now_and_a_finished_one_until_its_end() -> None:
    progress = progress_of(node_event("a", "RUNNING"), ended("b", seconds=1.25), node_event("c", "QUEUED"))
    assert [node.seconds(NOW) for node in progress.nodes] == [5, 1.25, None]


def test_cost_grows_with_the_nodes_before_the_execution_says_so() -> None:
    progress = progress_of(graph_event("RUNNING"), ended("a", cost=2), ended("b", cost=3))
    assert progress.cost == 5


def test_cost_of_the_execution_counts_what_sub_graphs_cost() -> None:
    progress = progress_of(ended("a", cost=2), graph_event("COMPLETED", cost=9))
    assert progress.cost == 9


def test_status_follows_the_execution() -> None:
    assert progress_of().status is Status.QUEUED
    assert progress_of(graph_event("RUNNING"), graph_event("FAILED")).status is Status.FAILED


def test_a_node_that_runs_says_that_the_execution_runs() -> None:
    assert progress_of(node_event("a", "QUEUED")).status is Status.QUEUED
    progress = progress_of(node_event("a", "RUNNING"))
    assert (progress.status, progress.seconds(NOW)) == (Status.RUNNING, 5)


def test_an_event_of_another_kind_changes_nothing() -> None:
    assert progress_of({"event_type": "something_new", "seq": 1}).nodes == ()
