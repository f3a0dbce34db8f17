"""Graphs that nobody thought of, run through and run with crashes: the same outputs, statuses and costs."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

import pytest
from django.conf import LazySettings
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import User
from credits.models import Transaction
from executor.models import GraphExecution, NodeExecution
from graphs.document import GraphDocument
from tests.executor.building import build, result
from tests.executor.building import given as input_node
from tests.executor.crashing import run_and_die
from tests.executor.running import fresh, outputs, run, started, store
from tests.factories import make_user

pytestmark = pytest.mark.django_db(transaction=True)

#: Graphs; without a database, 2,000 more are run through in `tests/simulation`.
EXAMPLES = (20, pytest.param(200, marks=pytest.mark.slow))
#: Kinds of nodes with their inputs and their output.
KINDS: dict[str, tuple[tuple[str, ...], str]] = {
    "Echo": (("value",), "value"),
    "Pause": (("value",), "value"),
    "Stream": (("count",), "number"),
    "Explode": (("value",), "value"),
    "CreateDictionary": (("values_#_l", "values_#_r"), "dictionary"),
    "AgentExecutor": (("a",), "out"),
    "StoreValue": (("input",), "output"),
}
CONSTANTS: dict[str, dict[str, Any]] = {"Pause": {"seconds": 0}, "CreateDictionary": {"values": {}}}


@dataclass(frozen=True)
class Case:
    """nodes: kind and, per input, which earlier node feeds it. deaths: commits that each life gets."""

    nodes: list[tuple[str, list[int]]]
    deaths: list[int]


@st.composite
def cases(draw: st.DrawFn) -> Case:
    nodes: list[tuple[str, list[int]]] = [("source", [])]
    for number in range(1, draw(st.integers(2, 9))):
        kind = draw(st.sampled_from(["source", *KINDS]))
        pins = KINDS[kind][0] if kind in KINDS else ()
        nodes.append((kind, [draw(st.integers(0, number - 1)) for _ in pins]))
    return Case(nodes, draw(st.lists(st.integers(1, 6), min_size=1, max_size=4)))


def document_of(case: Case, child: GraphDocument) -> GraphDocument:
    """Every node's output is also an output of the graph."""
    nodes: dict[str, Any] = {}
    links = []
    for number, (kind, sources) in enumerate(case.nodes):
        if kind == "source":
            nodes[f"n{number}"] = (
                ("Count", {"count": 1 + number % 3}) if number % 2 == 0 else input_node(f"i{number}", number)
            )
        else:
            constants = (
                {"graph_id": child.id, "graph_version": 1} if kind == "AgentExecutor" else CONSTANTS.get(kind, {})
            )
            nodes[f"n{number}"] = (kind, constants)
            links += [
                f"n{source}.{output_of(case, source)} -> n{number}.{pin}"
                for source, pin in zip(sources, KINDS[kind][0], strict=True)
            ]
        nodes[f"o{number}"] = result(f"o{number}")
        links.append(f"n{number}.{output_of(case, number)} -> o{number}.value")
    return build(nodes, links)


def output_of(case: Case, number: int) -> str:
    kind = case.nodes[number][0]
    return KINDS[kind][1] if kind in KINDS else ("number" if number % 2 == 0 else "result")


def facts(execution: GraphExecution) -> dict[str, Any]:
    rows = NodeExecution.objects.filter(execution__in=[execution, *execution.descendants.all()]).select_related("node")
    charged = Transaction.objects.filter(execution=str(execution.id)).values_list("amount", flat=True)
    fees = execution.fees  # they fall due in whichever execution has a user's hundredth node
    return {
        "status": execution.status,
        "outputs": outputs(execution),
        "nodes": Counter((row.node.metadata["customized_name"], row.status) for row in rows),
        "cost": (execution.cost - fees, -sum(charged) - fees, sum(row.cost for row in rows)),
        "stats": execution.stats,
    }


@pytest.fixture
def ada() -> User:
    return make_user(credits=1_000_000)


@pytest.fixture
def child(ada: User) -> GraphDocument:
    """Two steps with a credit each, and two outputs of the same name."""
    pause = ("Pause", {"seconds": 0})
    document = build(
        {"a": input_node("a"), "p": pause, "q": pause, "one": result("out"), "two": result("out")},
        ["a.result -> p.value", "p.value -> one.value", "p.value -> q.value", "q.value -> two.value"],
    )
    store(ada, document)
    return document


@pytest.mark.parametrize("examples", EXAMPLES)
def test_crashes_change_nothing(ada: User, child: GraphDocument, settings: LazySettings, examples: int) -> None:
    settings.NODES_IN_FLIGHT = 3
    settings.JOURNAL_LINGER_MILLISECONDS = 0
    _try_many(ada, child, examples)


def _try_many(ada: User, child: GraphDocument, examples: int) -> None:
    @settings(max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck))
    @given(cases())
    def attempt(case: Case) -> None:
        plain = run(started(ada, document_of(case, child)))
        execution = started(ada, document_of(case, child))
        died = [run_and_die(execution, commits=commits) for commits in case.deaths if not fresh(execution).is_finished]
        ended = run(execution) if died and died[-1] else fresh(execution)
        assert facts(ended) == facts(plain)

    attempt()
