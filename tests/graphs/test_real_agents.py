"""Real exported agents, where the folder with them is at hand; none of them is part of this repository."""

import json
from pathlib import Path

import pytest

from accounts.models import User
from blocks.placeholder import UNKNOWN
from blocks.registry import registry
from graphs.exporting import export_graph
from graphs.importing import import_graph
from graphs.models import Graph, Link, Node
from graphs.references import EXECUTOR_ID
from tests.factories import make_user

AGENTS = sorted((Path(__file__).parents[3] / "shared" / "agents").glob("*.json"))

pytestmark = [pytest.mark.django_db, pytest.mark.skipif(not AGENTS, reason="the folder with real agents is not here")]


@pytest.fixture
def ada() -> User:
    return make_user(credits=0)


@pytest.mark.parametrize("path", AGENTS, ids=lambda path: path.stem)
def test_real_agent_is_imported_whole(ada: User, path: Path) -> None:
    file = json.loads(path.read_bytes())
    graphs = [file, *file.get("sub_graphs", [])]
    report = import_graph(ada, path.read_bytes()).report
    assert Node.objects.count() == sum(len(graph["nodes"]) for graph in graphs)
    assert Link.objects.count() == sum(len(graph["links"]) for graph in graphs)
    assert Graph.objects.for_user(ada).count() == len(graphs)
    assert report.unresolved == []
    missing = {node.block_id for node in Node.objects.all() if registry.find(node.block_id) is None}
    assert {unknown.block_id for unknown in report.unknown_blocks} == missing
    assert all(unknown.name != UNKNOWN and unknown.nodes for unknown in report.unknown_blocks)


@pytest.mark.parametrize("path", AGENTS, ids=lambda path: path.stem)
def test_every_reference_of_a_real_agent_leads_to_a_graph_of_its_own(ada: User, path: Path) -> None:
    report = import_graph(ada, path.read_bytes()).report
    stored = {(mapped.new_id, mapped.version) for mapped in report.mapped}
    runners = Node.objects.filter(block_id=EXECUTOR_ID)
    assert {(node.input_default["graph_id"], node.input_default["graph_version"]) for node in runners} <= stored
    assert len(report.repaired) == runners.count()


@pytest.mark.parametrize("path", AGENTS, ids=lambda path: path.stem)
def test_real_agent_survives_the_way_out_and_in(ada: User, path: Path) -> None:
    once = export_graph(import_graph(ada, path.read_bytes()).version)
    again = import_graph(ada, once)
    twice = export_graph(again.version)
    assert (again.report.upgraded, again.report.repaired) == ([], [])
    assert [node["input_default"] for node in twice["nodes"] if node["block_id"] != EXECUTOR_ID] == [
        node["input_default"] for node in once["nodes"] if node["block_id"] != EXECUTOR_ID
    ]
    assert (twice["input_schema"], twice["output_schema"]) == (once["input_schema"], once["output_schema"])
    assert len(twice["sub_graphs"]) == len(once["sub_graphs"])
