"""Which graphs a graph runs inside itself, through its AgentExecutor nodes. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from blocks.library.graphs import AgentExecutorBlock
from graphs.document import GraphDocument

EXECUTOR_ID = AgentExecutorBlock.id
#: The pin of a node that runs a graph, for the masks of that graph's nodes.
INNER_MASKS = "nodes_input_masks"


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


def with_masks_for(constants: dict[str, Any], node_ids: Mapping[str, str]) -> dict[str, Any]:
    """The constants of an AgentExecutor whose graph's nodes have new ids: `{old: new}`. Its masks name those."""
    masks = constants.get(INNER_MASKS)
    if not isinstance(masks, dict):
        return constants
    return constants | {INNER_MASKS: {node_ids.get(node_id, node_id): mask for node_id, mask in masks.items()}}


def as_version(value: Any) -> int | None:
    """A version number as files write it: a number, or the text of one."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        return None
    text = str(value).strip()
    return int(text) if text.isdecimal() and len(text) < 10 else None
