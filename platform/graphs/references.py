"""Which graphs a graph runs inside itself, through its AgentExecutor nodes. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from blocks.library.graphs import AgentExecutorBlock
from graphs.document import GraphDocument

EXECUTOR_ID = AgentExecutorBlock.id


@dataclass(frozen=True, slots=True)
class Reference:
    """The graph that a node runs; without a version, the active one."""

    graph_id: str
    version: int | None


def reference_of(block_id: str, constants: Mapping[str, Any]) -> Reference | None:
    """What a node of this block with these constants refers to; None unless it is an AgentExecutor."""
    if block_id != EXECUTOR_ID:
        return None
    return Reference(str(constants.get("graph_id", "")), as_version(constants.get("graph_version")))


def references(document: GraphDocument) -> list[Reference]:
    """In the order of the nodes, each once."""
    found = (reference_of(node.block_id, node.input_default) for node in document.nodes)
    return list(dict.fromkeys(reference for reference in found if reference is not None))


def as_version(value: Any) -> int | None:
    """A version number as files write it: a number, or the text of one."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        return None
    text = str(value).strip()
    return int(text) if text.isdecimal() and len(text) < 10 else None
