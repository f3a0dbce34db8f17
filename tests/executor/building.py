"""Graphs for tests, in few words: `build({"a": ("Echo", {"value": 1})}, ["a.value -> b.value"])`."""

from dataclasses import replace
from typing import Any

from blocks.registry import registry
from graphs.document import GraphDocument, LinkDocument, NodeDocument
from reliability.ids import uuid7

Nodes = dict[str, tuple[str, dict[str, Any]]]


def build(nodes: Nodes, links: list[str] = [], *, name: str = "test") -> GraphDocument:  # noqa: B006
    """nodes: `{name: (block, constants)}`. links: "node.output -> node.input"."""
    blocks = {block.name: block.id for block in registry}
    ids = {key: str(uuid7()) for key in nodes}
    return GraphDocument(
        id=str(uuid7()),
        version=1,
        name=name,
        nodes=tuple(
            NodeDocument(id=ids[key], block_id=blocks[block], input_default=defaults, metadata={"customized_name": key})
            for key, (block, defaults) in nodes.items()
        ),
        links=tuple(_link(text, ids) for text in links),
    )


def _link(text: str, ids: dict[str, str]) -> LinkDocument:
    source, sink = (end.strip().split(".", 1) for end in text.split("->"))
    return LinkDocument(
        id=str(uuid7()), source_id=ids[source[0]], source_name=source[1], sink_id=ids[sink[0]], sink_name=sink[1]
    )


def given(name: str, value: Any = None) -> tuple[str, dict[str, Any]]:
    """An input node."""
    return "AgentInput", {"name": name, "value": value}


def result(name: str) -> tuple[str, dict[str, Any]]:
    """An output node."""
    return "AgentOutput", {"name": name}


def meter(**constants: Any) -> tuple[str, dict[str, Any]]:
    """One credit an item; five are set aside at the start."""
    return "Meter", constants


def many_pauses(count: int) -> GraphDocument:
    """So many paid nodes that may run at once."""
    return build(
        {"many": ("Count", {"count": count}), "p": ("Pause", {"seconds": 0})},
        ["many.number -> p.value"],
    )


def with_policy(document: GraphDocument, name: str, **policy: Any) -> GraphDocument:
    """The same graph with this policy in the metadata of the node of this name."""
    nodes = [
        replace(node, metadata=node.metadata | policy) if node.metadata["customized_name"] == name else node
        for node in document.nodes
    ]
    return replace(document, nodes=tuple(nodes))
