"""Files that are refused: with the reason, at once, and with nothing stored."""

import json
import time
from collections.abc import Callable
from typing import Any

import pytest

from accounts.models import User
from graphs.errors import GraphInvalid
from graphs.importing import import_graph
from graphs.models import Graph, GraphVersion, Node
from tests.factories import make_user
from tests.graphs.files import adder, as_bytes, graph, runs

pytestmark = pytest.mark.django_db

MEGABYTE = 1024 * 1024


@pytest.fixture
def ada() -> User:
    return make_user(credits=0)


def with_value(text: str) -> bytes:
    """The small graph with this JSON text as the constant of its input."""
    return as_bytes(adder()).replace(b'"value": 1', b'"value": ' + text.encode())


def changed(change: Callable[[dict[str, Any]], Any]) -> bytes:
    file = adder()
    change(file)
    return as_bytes(file)


def many_nodes(count: int) -> bytes:
    return as_bytes(graph({f"n{index}": ("StoreValue", {}) for index in range(count)}))


def many_links(count: int) -> bytes:
    file = adder()
    file["links"] = [file["links"][0] | {"sink_name": f"x{index}"} for index in range(count)]
    return as_bytes(file)


def many_links_to_many_pins() -> bytes:
    executor, constants = runs("x", 1, [], [])
    constants["input_schema"] = {"properties": {f"p{index}": 0 for index in range(60_000)}}
    links = [f"in.result -> run.q{index}" for index in range(2000)]
    return as_bytes(graph({"in": ("AgentInput", {"name": "a"}), "run": (executor, constants)}, links))


REFUSED: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", "not JSON"),
    "half a file": (as_bytes(adder())[:100], "not JSON"),
    "no text": (b"\xff\xfe\x00", "not UTF-8"),
    "a list": (b"[]", "is no graph"),
    "another object": (b'{"hello": "world"}', "is no graph"),
    "too large": (b" " * MEGABYTE + as_bytes(adder()), "at most 1,048,576 are allowed"),
    "too deep": (with_value("[" * 80 + "]" * 80), "nested too deep"),
    "far too deep": (b'{"a":' * 200_000, "nested too deep"),
    "a million brackets": (b"[" * 1_000_000, "nested too deep"),
    "key twice": (with_value('1, "value": 2'), "The key value is given twice"),
    "many keys and one twice": (
        b"{" + b",".join(b'"%d":0' % index for index in range(90_000)) + b',"0":0}',
        "The key 0 is given twice",
    ),
    "long key with many members": (b'{"' + b"k" * 500_000 + b'": [' + b"0," * 250_000 + b"0]}", "is no graph"),
    "NaN": (with_value("NaN"), "NaN is not allowed"),
    "Infinity": (with_value("-Infinity"), "Infinity is not allowed"),
    "infinite by size": (with_value("1e999"), "a number that is too large at nodes.0.input_default.value"),
    "huge integer": (with_value(str(2**64)), "more than 64 bits at nodes.0.input_default.value"),
    "endless integer": (with_value("9" * 100_000), "not JSON"),
    "NUL": (with_value(r'"a\u0000b"'), "a NUL character at nodes.0.input_default.value"),
    "NUL in a key": (with_value(r'{"a\u0000b": 1}'), "a NUL character at nodes.0.input_default.value"),
    "half a surrogate pair": (with_value(r'"\ud800"'), "half a surrogate pair"),
    "prototype": (with_value('{"__proto__": {}}'), "__proto__ is not allowed at nodes.0.input_default.value"),
    "nodes no list": (changed(lambda file: file.update(nodes={})), "nodes must be a list"),
    "node no object": (changed(lambda file: file["nodes"].append(7)), "nodes.3 must be an object"),
    "links no list": (changed(lambda file: file.update(links="x")), "links must be a list"),
    "link no object": (changed(lambda file: file["links"].append(None)), "links.2 must be an object"),
    "no name": (changed(lambda file: file.pop("name")), "name is missing"),
    "name no text": (changed(lambda file: file.update(name=["x"])), "name must be a text"),
    "long name": (changed(lambda file: file.update(name="x" * 201)), "name has 201 characters; at most 200"),
    "no block": (changed(lambda file: file["nodes"][0].pop("block_id")), "nodes.0.block_id is missing"),
    "short block id": (changed(lambda file: file["nodes"][0].update(block_id="x")), "must have 36 characters, not 1"),
    "constants no object": (
        changed(lambda file: file["nodes"][1].update(input_default=[])),
        "nodes.1.input_default must",
    ),
    "metadata no object": (changed(lambda file: file["nodes"][1].update(metadata="x")), "nodes.1.metadata must"),
    "node id twice": (changed(lambda file: file["nodes"].append(file["nodes"][0])), "The node id in is used twice"),
    "long pin": (changed(lambda file: file["links"][0].update(sink_name="x" * 501)), "links.0.sink_name has 501"),
    "static no flag": (changed(lambda file: file["links"][0].update(is_static="yes")), "links.0.is_static must"),
    "version zero": (changed(lambda file: file.update(version=0)), "version must be a whole number from 1"),
    "version no number": (changed(lambda file: file.update(version=[1])), "version must be a whole number"),
    "sub-graph no object": (changed(lambda file: file.update(sub_graphs=[1])), "sub_graphs.0 must be an object"),
    "sub-graph twice": (
        changed(lambda file: file.update(sub_graphs=[adder(id="x"), adder(id="x")])),
        "The graph x version 1 is in the file twice",
    ),
    "sub-graph broken": (
        changed(lambda file: file.update(sub_graphs=[adder(id="x") | {"nodes": [{}]}])),
        "sub_graphs.0.nodes.0.block_id is missing",
    ),
    "many sub-graphs": (
        changed(lambda file: file.update(sub_graphs=[adder(id=str(index)) for index in range(101)])),
        "at most 100 sub-graphs",
    ),
    "501 nodes": (many_nodes(501), "nodes has 501 entries; at most 500"),
    "2001 links": (many_links(2001), "links has 2,001 entries; at most 2,000"),
    "link from nowhere": (
        changed(lambda file: file["links"][0].update(source_id="ghost")),
        "comes from the node ghost",
    ),
    "unknown pin": (changed(lambda file: file["links"][0].update(sink_name="c")), "there is no input c"),
    "2000 faulty links": (many_links_to_many_pins(), "There are 2000 errors in all."),
    "wide": (with_value("[" + "0," * 400_000 + "1e999]"), "too large at nodes.0.input_default.value.400000"),
    "bad sub-graph pin": (
        as_bytes(graph({"in": ("AgentInput", {"name": "a"}), "run": runs("x", 1, ["q"], [])}, ["in.result -> run.z"])),
        "there is no input z; there is: q",
    ),
}


@pytest.mark.parametrize(("content", "reason"), REFUSED.values(), ids=REFUSED.keys())
def test_hostile_file_is_refused_with_the_reason_at_once_and_nothing_is_stored(
    ada: User, content: bytes, reason: str
) -> None:
    started = time.thread_time()
    with pytest.raises(GraphInvalid) as refusal:
        import_graph(ada, content)
    assert time.thread_time() - started < 2
    assert reason in refusal.value.message
    assert len(refusal.value.message) < 1000
    assert not Graph.objects.exists()
    assert not GraphVersion.objects.exists()
    assert not Node.objects.exists()


@pytest.mark.parametrize("content", [as_bytes(adder()), as_bytes(adder()).decode(), adder(), {"graph": adder()}])
def test_bytes_text_objects_and_wrapped_graphs_are_accepted(ada: User, content: Any) -> None:
    assert import_graph(ada, content).version.nodes.count() == 3


def test_limits_themselves_are_allowed(ada: User) -> None:
    assert import_graph(ada, many_nodes(500)).version.nodes.count() == 500


def test_objects_are_judged_like_text(ada: User) -> None:
    file = adder()
    file["nodes"][0]["input_default"]["value"] = float("nan")
    with pytest.raises(GraphInvalid, match="NaN is not allowed"):
        import_graph(ada, file)
    deep: Any = 1
    for _ in range(100_000):
        deep = [deep]
    with pytest.raises(GraphInvalid, match="nested too deep"):
        import_graph(ada, adder() | {"nodes": deep})


def test_refusal_in_a_sub_graph_stores_nothing_of_the_main_graph(ada: User) -> None:
    faulty = graph({"in": ("AgentInput", {"name": "api_credentials"})}, id="x")
    with pytest.raises(GraphInvalid) as refusal:
        import_graph(ada, adder(sub_graphs=[faulty]))
    assert "must not be called credentials" in refusal.value.data["node_errors"]["in"]["name"]
    assert not Graph.objects.exists()


def test_unknown_keys_are_ignored_at_every_level(ada: User) -> None:
    file = adder(invented={"x": 1}, subgraphs={}, executions=None)
    file["nodes"][0] |= {"invented": 1, "webhook_id": None, "input_links": [{"nonsense": 1}]}
    file["links"][0] |= {"invented": 1}
    assert import_graph(ada, json.dumps(file)).version.extras == {"invented": {"x": 1}}
