"""What an export holds, and that it survives the way out and in."""

import json
from pathlib import Path
from typing import Any

import pytest

from accounts.models import User
from graphs.exporting import as_text, export_graph
from graphs.importing import import_graph
from graphs.models import Node
from tests.factories import make_user
from tests.graphs.files import UNKNOWN_BLOCK, adder, block_id, child, graph, runs

pytestmark = pytest.mark.django_db

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.fixture
def ada() -> User:
    return make_user(credits=0)


def exported(user: User, file: dict[str, Any]) -> dict[str, Any]:
    return export_graph(import_graph(user, file).version)


def with_ids_in_order(file: dict[str, Any]) -> str:
    """The file's text with every id replaced by the number of its first appearance."""
    text = json.dumps(file)
    graphs = [file, *file["sub_graphs"]]
    ids = [one["id"] for one in graphs]
    ids += [entry["id"] for one in graphs for entry in (*one["nodes"], *one["links"])]
    for number, id_ in enumerate(ids):
        text = text.replace(f'"{id_}"', f'"#{number}"')
    return text


def everything() -> dict[str, Any]:
    nodes = {
        "in": ("AgentShortTextInput", {"name": "q", "value": "Why?", "title": "Question", "advanced": True}),
        "run": runs("x", 2, ["q"], ["a"]),
        "strange": (UNKNOWN_BLOCK, {"depth": 3, "values_#_k": [1, None, {"x": 1.5}]}),
        "out": ("AgentOutput", {"name": "answer"}),
    }
    links = ["in.result -> run.q", "run.a -> out.value", "run.a -> strange.anything"]
    return graph(nodes, links, sub_graphs=[child("x", 2, ["q"], ["a"])], instructions="Ask.", version=3, name="Всё")


def test_export_has_the_keys_and_values_of_the_format(ada: User) -> None:
    file = exported(ada, everything())
    assert (file["version"], file["name"], file["is_active"], file["instructions"]) == (3, "Всё", True, "Ask.")
    assert file["user_id"] == ""
    assert [node["input_default"].get("name") for node in file["nodes"]] == ["q", None, None, "answer"]
    assert set(file["links"][0]) == {"id", "source_id", "sink_id", "source_name", "sink_name", "is_static"}
    assert file["input_schema"]["properties"]["q"]["title"] == "Question"
    assert file["input_schema"]["required"] == []
    assert file["output_schema"]["required"] == ["answer"]
    assert (file["has_external_trigger"], file["has_human_in_the_loop"]) == (False, False)


def test_sub_graphs_are_one_flat_list_nearest_first_and_each_once(ada: User) -> None:
    first = graph({"run": runs("leaf", 1, [], [])}, id="first", name="First")
    second = graph({"run": runs("leaf", 1, [], [])}, id="second", name="Second")
    leaf = graph({"run": runs("main", 1, [], [])}, id="leaf", name="Leaf")
    main = {"one": runs("first", 1, [], []), "two": runs("second", 1, [], [])}
    file = exported(ada, graph(main, id="main", sub_graphs=[leaf, second, first]))
    assert [sub["name"] for sub in file["sub_graphs"]] == ["First", "Second", "Leaf"]
    assert all("sub_graphs" not in sub and "user_id" not in sub for sub in file["sub_graphs"])


def test_graphs_of_others_are_not_exported(ada: User) -> None:
    hers = import_graph(make_user("grace@example.org", credits=0), adder()).graph
    assert exported(ada, graph({"run": runs(str(hers.id), 1, [], [])}))["sub_graphs"] == []


def test_export_import_export_is_stable(ada: User) -> None:
    once = exported(ada, everything())
    twice = exported(ada, once)
    assert with_ids_in_order(once) == with_ids_in_order(twice)
    assert once["id"] != twice["id"]


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.json")), ids=lambda path: path.stem)
def test_examples_survive_the_way_out_and_in(ada: User, path: Path) -> None:
    once = exported(ada, json.loads(path.read_bytes()))
    assert with_ids_in_order(once) == with_ids_in_order(exported(ada, once))


def test_the_same_version_gives_the_same_text_with_plain_characters(ada: User) -> None:
    version = import_graph(ada, everything()).version
    text = as_text(export_graph(version))
    assert text == as_text(export_graph(version))
    assert '\n  "name": "Всё",\n' in text


def test_unknown_block_comes_out_as_it_came_in(ada: User) -> None:
    file = exported(ada, everything())
    assert file["nodes"][2]["block_id"] == UNKNOWN_BLOCK
    assert file["nodes"][2]["input_default"] == everything()["nodes"][2]["input_default"]


def test_secrets_that_were_entered_later_are_not_exported(ada: User) -> None:
    version = import_graph(ada, adder()).version
    constants = {"name": "pin", "value": "sk-1", "secret": True}
    Node.objects.create(version=version, block_id=block_id("AgentInput"), input_default=constants)
    Node.objects.create(version=version, block_id=UNKNOWN_BLOCK, input_default={"api_key": "sk-1", "max_tokens": 9})
    text = as_text(export_graph(version))
    assert "sk-1" not in text
    assert '"max_tokens": 9' in text


def test_owner_of_an_executor_node_is_not_told(ada: User) -> None:
    assert str(ada.id) not in as_text(exported(ada, everything()))
