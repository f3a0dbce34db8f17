"""Exported graphs for tests, in the shape of a file: `graph({"a": ("Calculator", {...})}, ["a.result -> b.value"])`."""

import json
from typing import Any

from blocks.registry import registry

Nodes = dict[str, tuple[str, dict[str, Any]]]

UNKNOWN_BLOCK = "00000000-0000-0000-0000-00000unknown"


def block_id(name: str) -> str:
    """The id of an installed block, or the name itself if it is an id."""
    return next((block.id for block in registry if block.name == name), name)


def graph(nodes: Nodes, links: list[str] | None = None, **keys: Any) -> dict[str, Any]:
    """nodes: `{id: (block name or id, constants)}`. links: "node.output -> node.input"."""
    return {
        "id": "graph",
        "version": 1,
        "name": "Test",
        "description": "",
        "nodes": [
            {"id": id_, "block_id": block_id(block), "input_default": constants, "metadata": {}}
            for id_, (block, constants) in nodes.items()
        ],
        "links": [_link(text) for text in links or []],
        "sub_graphs": [],
        **keys,
    }


def adder(**keys: Any) -> dict[str, Any]:
    """A small graph that has everything: an input, a block, an output."""
    nodes: Nodes = {
        "in": ("AgentInput", {"name": "a", "value": 1}),
        "add": ("Calculator", {"operation": "Add", "b": 2}),
        "out": ("AgentOutput", {"name": "sum"}),
    }
    return graph(nodes, ["in.result -> add.a", "add.result -> out.value"], **keys)


def runs(graph_id: str, version: int | None, inputs: list[str], outputs: list[str]) -> tuple[str, dict[str, Any]]:
    """An AgentExecutor node for a graph with these inputs and outputs."""
    constants: dict[str, Any] = {
        "user_id": "somebody",
        "graph_id": graph_id,
        "input_schema": {"type": "object", "properties": {name: {} for name in inputs}},
        "output_schema": {"type": "object", "properties": {name: {} for name in outputs}},
    }
    return "AgentExecutor", constants if version is None else constants | {"graph_version": version}


def child(id_: str, version: int, inputs: list[str], outputs: list[str]) -> dict[str, Any]:
    """A sub-graph with these inputs and outputs and nothing between them."""
    nodes: Nodes = {f"in {name}": ("AgentInput", {"name": name}) for name in inputs}
    nodes |= {f"out {name}": ("AgentOutput", {"name": name, "value": 1}) for name in outputs}
    return graph(nodes, id=id_, version=version, name=f"Child {id_} v{version}")


def as_bytes(file: dict[str, Any]) -> bytes:
    return json.dumps(file).encode()


def _link(text: str) -> dict[str, Any]:
    (source, source_name), (sink, sink_name) = (end.strip().split(".", 1) for end in text.split("->"))
    return {"source_id": source, "source_name": source_name, "sink_id": sink, "sink_name": sink_name}
