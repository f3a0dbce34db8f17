"""The lines of a dry run."""

from dataclasses import replace

from console.terminal.dry_run import DryRun

FOUND = DryRun(graph="Ask", version=2, node_count=1, cost_low=1, cost_high=5, balance=90)


def test_without_history_there_is_the_range_only() -> None:
    assert list(FOUND.lines()) == [
        "Ask (version 2) can run: 1 node",
        "estimate: 1 to 5 credits if every node runs once; the balance is 90 credits",
    ]


def test_history_and_nodes_without_a_known_price_are_told() -> None:
    found = replace(FOUND, history_mean=3, history_count=20, problems=("It is not known what the model costs.",))
    assert list(found.lines())[2:] == [
        "history: the last 20 executions cost 3 credits on average",
        "It is not known what the model costs.",
    ]
