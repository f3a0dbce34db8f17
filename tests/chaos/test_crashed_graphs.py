"""Random graphs, run in peace and run with random kills: outputs, statuses and costs are the same."""

import random
from collections import Counter
from typing import Any

import pytest

from accounts.keys import issue
from accounts.models import User
from executor.models import GraphExecution
from graphs.document import GraphDocument
from graphs.models import GraphVersion
from tests.chaos.client import Client
from tests.chaos.failpoints import Victim, arm, at
from tests.chaos.forks import FORKING_WORKER
from tests.chaos.installation import Installation, installation
from tests.chaos.oracle import assert_adds_up, wait_for_the_end
from tests.executor.building import build, given, result
from tests.executor.running import store
from tests.executor.test_random_graphs import KINDS, Case, document_of, facts

pytestmark = pytest.mark.django_db(transaction=True)

#: Each has an output node as well, so that a graph has thirty nodes at most.
NODES_MAX = 15
#: Those that every graph passes; a graph may have nobody to charge.
POINTS = ("claim.after", "output.persisted", "node.done", "children.enqueued")
WORKERS = 8
#: For one graph, run twice, with three crashes on average; on a machine with much else to do.
SECONDS_A_GRAPH = 4


def random_case(draw: random.Random) -> Case:
    nodes: list[tuple[str, list[int]]] = [("source", [])]
    for number in range(1, draw.randint(2, NODES_MAX)):
        kind = draw.choice(["source", *KINDS])
        pins = KINDS[kind][0] if kind in KINDS else ()
        nodes.append((kind, [draw.randrange(number) for _ in pins]))
    return Case(nodes, [])


def random_moments(draw: random.Random) -> list[str]:
    """From one to five."""
    victims = [Victim.CHILD, Victim.CHILD, Victim.BOTH]
    return [at(draw.choice(POINTS), draw.choice(victims)) for _ in range(draw.randint(1, 5))]


def child_of(user: User) -> GraphDocument:
    """Two paid steps and two outputs of the same name."""
    pause = ("Pause", {"seconds": 0})
    document = build(
        {"a": given("a"), "p": pause, "q": pause, "one": result("out"), "two": result("out")},
        ["a.result -> p.value", "p.value -> one.value", "p.value -> q.value", "q.value -> two.value"],
    )
    store(user, document)
    return document


def run_in_peace(running: Installation, client: Client, versions: list[GraphVersion]) -> list[str]:
    return [str(client.launch(str(version.graph_id)).execution_id) for version in versions]


def run_and_crash(
    running: Installation, client: Client, versions: list[GraphVersion], draw: random.Random
) -> list[str]:
    """The workers stand still until the moments are set."""
    ids = run_in_peace(running, client, versions)
    for id_ in ids:
        arm(running.failpoints, id_, *random_moments(draw))
    return ids


def assert_crashes_change_nothing(user: User, *, graphs: int, seed: int) -> None:
    draw = random.Random(seed)
    child = child_of(user)
    versions = [store(user, document_of(random_case(draw), child)) for _ in range(graphs)]
    with installation(MAX_CLAIMS="100") as running:
        running.serve()
        client = Client(running.web, issue(user, name="chaos")[1])
        crashed = run_and_crash(running, client, versions, draw)
        plain = run_in_peace(running, client, versions)
        running.start(*[FORKING_WORKER] * WORKERS)
        wait_for_the_end(running, user, seconds=30 + SECONDS_A_GRAPH * graphs)
        assert_adds_up()
    different = [number for number in range(graphs) if told(crashed[number]) != told(plain[number])]
    takeovers = GraphExecution.objects.filter(id__in=crashed).values_list("fence", flat=True)
    print(f"{graphs} graphs with {sum(takeovers) - graphs} crashes")  # noqa: T201
    assert different == []


def told(id_: str) -> dict[str, Any]:
    """What can be compared: outputs in any order."""
    found = facts(GraphExecution.objects.get(id=id_))
    return found | {"outputs": {name: Counter(map(repr, values)) for name, values in found["outputs"].items()}}


@pytest.mark.slow
def test_five_hundred_graphs_come_out_as_without_crashes(ada: User, seed: int) -> None:
    assert_crashes_change_nothing(ada, graphs=500, seed=seed)
