"""Real exported agents that are made of local and model blocks alone run to their end with the built-in provider."""

from pathlib import Path
from typing import Any

import pytest

from accounts.models import User
from executor.launching.inputs import input_name
from executor.launching.launch import launch
from executor.statuses import Status
from graphs.importing import import_graph
from graphs.models import GraphVersion
from graphs.plan import PlanNode
from graphs.plans import plan_for, plans_with_sub_graphs
from tests.executor.running import outputs, run
from tests.factories import make_user

AGENTS = sorted((Path(__file__).parents[3] / "shared" / "agents").glob("*.json"))
#: Those of them that ask nobody but models.
LOCAL = {"agent_516d813b-d1bc-470f-add7-c63a4b2c2bad", "calculator-agent", "old_Financial_Advisor"}

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(not AGENTS, reason="the folder with real agents is not here"),
]


@pytest.fixture
def ada() -> User:
    return make_user()


def is_complete(version: GraphVersion) -> bool:
    """Whether every block of it and of its sub-graphs is installed."""
    plans = plans_with_sub_graphs(version).values()
    return not any(node.block.disabled for plan in plans for node in plan.nodes.values())


def inputs_for(version: GraphVersion) -> dict[str, Any]:
    """A value for every input that has none; numbers and text do for all of them."""
    empty = [node for node in plan_for(version).inputs if node.defaults.get("value") is None]
    return {input_name(node): _value(node) for node in empty}


def _value(node: PlanNode) -> Any:
    feeds_numbers = {link.sink_name for link in node.output_links} & {"a", "b"}
    return 5 if feeds_numbers or "Number" in node.block.name else "Ada Lovelace writes about engines."


@pytest.mark.parametrize("path", AGENTS, ids=lambda path: path.stem)
def test_every_block_of_a_real_agent_is_here(ada: User, path: Path) -> None:
    assert is_complete(import_graph(ada, path.read_bytes()).version)


@pytest.mark.parametrize("path", [path for path in AGENTS if path.stem in LOCAL], ids=lambda path: path.stem)
def test_a_real_agent_that_asks_only_models_completes(ada: User, path: Path) -> None:
    version = import_graph(ada, path.read_bytes()).version
    execution = run(launch(ada, version, inputs=inputs_for(version), ring=False))
    assert (execution.status, execution.stats["node_error_count"]) == (Status.COMPLETED, 0)
    assert any(outputs(execution).values())
