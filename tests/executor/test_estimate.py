"""What an execution may cost, told before it runs."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from blocks.registry import registry
from credits.pricing.rates import Rates
from credits.pricing.versions import set_model_price, set_price
from executor.launching.estimate import HISTORY, Estimate, estimate
from executor.models import GraphExecution
from executor.statuses import Status
from graphs.models import GraphVersion
from tests.executor.building import build, given, result
from tests.factories import make_graph, make_user

pytestmark = pytest.mark.django_db

#: A dollar for a million tokens in, four for a million out: an answer of up to 4,096 tokens is 1.64 credits.
PLAIN = Rates(input=1_000_000, cached_input=500_000, output=4_000_000)
AGENT = "e189baac-8c20-45a1-94a7-55177ea42565"


@pytest.fixture
def ada() -> User:
    set_model_price("plain", rates=PLAIN, reason="For a test", after=0)
    return make_user()


def graph(ada: User, nodes: dict[str, Any], links: list[str] = []) -> GraphVersion:  # noqa: B006
    return make_graph(ada, build(nodes, links))


def ask(**defaults: Any) -> tuple[str, dict[str, Any]]:
    return "AITextGenerator", {"model": "plain", "prompt": "Hi", "retry": 1, **defaults}


def finished(version: GraphVersion, *costs: int, **fields: Any) -> None:
    found = {
        "user": version.graph.owner,
        "graph": version.graph,
        "version": version,
        "status": Status.COMPLETED,
        **fields,
    }
    for cost in costs:
        GraphExecution.objects.create(cost=cost, **found)


def set_block_price(name: str, *rules: dict[str, Any]) -> None:
    block = next(block for block in registry if block.name == name)
    declares = bool(block.prices)
    set_price(block, rules=list(rules), reason="For a test", after=int(declares))


def test_prices_of_all_nodes_are_added_up(ada: User) -> None:
    version = graph(ada, {"a": ("Gate", {"value": 1}), "b": ("Pause", {}), "c": ("Echo", {})}, ["a.value -> b.value"])
    assert estimate(version) == Estimate(low=2, high=2)


def test_tokens_cost_at_least_one_credit_and_at_most_what_is_set_aside(ada: User) -> None:
    assert estimate(graph(ada, {"a": ask()})) == Estimate(low=1, high=2)
    assert estimate(graph(ada, {"a": ask(retry=3)})) == Estimate(low=1, high=5)
    assert estimate(graph(ada, {"a": ask(prompt="x" * 300_000)})) == Estimate(low=1, high=12)


def test_inputs_of_the_execution_count_by_their_size(ada: User) -> None:
    version = graph(ada, {"in": given("text"), "a": ask()}, ["in.result -> a.prompt"])
    assert estimate(version) == Estimate(low=1, high=2)
    assert estimate(version, {"text": "x" * 300_000}) == Estimate(low=1, high=12)


def test_prices_in_force_count(ada: User) -> None:
    version = graph(ada, {"a": ("Gate", {"value": 1}), "b": ("Echo", {})})
    set_block_price("Gate", {"amount": 8})
    set_block_price("Echo", {"amount": 3, "type": "SECOND"})
    assert estimate(version) == Estimate(low=8, high=8 + 3 * 300)


def test_price_that_depends_on_a_link_is_a_range(ada: User) -> None:
    set_block_price("Gate", {"amount": 9, "filter": {"log": "deep"}}, {"amount": 2})
    nodes = {"in": given("depth"), "a": ("Gate", {"value": 1}), "b": ("Gate", {"value": 1, "log": "deep"})}
    assert estimate(graph(ada, nodes, ["in.result -> a.log"])) == Estimate(low=2 + 9, high=9 + 9)


def test_sub_graphs_count(ada: User) -> None:
    inner = graph(ada, {"in": given("text"), "a": ask(), "out": result("said")}, ["a.response -> out.value"])
    constants = {"graph_id": str(inner.graph_id), "graph_version": inner.number, "inputs": {}}
    agent = registry.get(AGENT).name
    outer = graph(ada, {"run": (agent, constants), "b": ("Gate", {"value": 1})})
    assert estimate(outer) == Estimate(low=2, high=3)


def test_model_of_unknown_price_is_named_and_left_out(ada: User) -> None:
    nodes = {"a": ask(model="never-heard-of"), "b": ask(model="never-heard-of"), "c": ("Gate", {"value": 1})}
    found = estimate(graph(ada, nodes))
    assert (found.low, found.high, len(found.problems)) == (1, 1, 1)
    assert "'never-heard-of'" in found.problems[0]


def test_last_finished_executions_tell_the_mean(ada: User) -> None:
    version = graph(ada, {"a": ("Gate", {"value": 1})})
    assert (estimate(version).history_mean, estimate(version).history_count) == (None, 0)
    finished(version, 1, 1, 2)
    assert (estimate(version).history_mean, estimate(version).history_count) == (2, 3)
    finished(version, *[10] * HISTORY)
    assert (estimate(version).history_mean, estimate(version).history_count) == (10, HISTORY)


def test_what_runs_still_or_ran_inside_another_graph_is_no_history(ada: User) -> None:
    version = graph(ada, {"a": ("Gate", {"value": 1})})
    finished(version, 4)
    finished(version, 100, status=Status.QUEUED)
    finished(version, 100, parent=GraphExecution.objects.get(cost=4))
    assert (estimate(version).history_mean, estimate(version).history_count) == (4, 1)


def test_failed_executions_are_history_too(ada: User) -> None:
    version = graph(ada, {"a": ("Gate", {"value": 1})})
    finished(version, 4)
    finished(version, 1, status=Status.FAILED)
    assert (estimate(version).history_mean, estimate(version).history_count) == (3, 2)


def test_history_is_one_query(ada: User, django_assert_num_queries: Callable[[int], Any]) -> None:
    version = graph(ada, {"a": ("Gate", {"value": 1})})
    finished(version, 1, 2, 3)
    estimate(version)
    with django_assert_num_queries(2):  # whether prices have changed, history
        estimate(version)


def test_graphs_page_shows_the_estimate_the_mean_and_what_cannot_be_priced(ada: User) -> None:
    version = graph(ada, {"a": ask(), "b": ask(model="never-heard-of")})
    finished(version, 1, 2)
    client = Client()
    client.force_login(ada)
    page = " ".join(client.get(f"/graphs/{version.graph_id}").content.decode().split())
    assert "it costs 1 to 2 credits." in page
    assert "The last 2 executions cost 2 credits on average." in page
    assert "It is not known what the model &#x27;never-heard-of&#x27; costs" in page
