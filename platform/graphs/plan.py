"""The compiled form of a graph version: all that the engine looks up while it runs, worked out once, never changed."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from blocks.base import Block, BlockType
from blocks.pins import Selector, compile_selector
from blocks.registry import Registry
from graphs.document import GraphDocument, LinkDocument, NodeDocument
from graphs.policy import DEFAULT_POLICY, Policy, policy_of


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class PlanLink:
    """A wire. selector: takes what this link carries out of an output; one named `whole` is carried as it is."""

    source_id: str
    source_name: str
    sink_id: str
    sink_name: str
    is_static: bool
    selector: Selector
    whole: str | None


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class PlanNode:
    """A node with its block and its wires."""

    id: str
    #: The same id, as rows hold it.
    row_id: UUID
    name: str
    block: Block
    #: `{pin: constant}`; shared by all executions, so nobody changes it.
    defaults: Mapping[str, Any]
    output_links: tuple[PlanLink, ...]
    #: The input pins that links feed.
    linked: frozenset[str]
    #: Those of them that static links feed.
    static_linked: frozenset[str]
    policy: Policy = DEFAULT_POLICY
    #: Without credentials it is passed over.
    credentials_optional: bool = False

    @property
    def is_input(self) -> bool:
        return self.block.block_type is BlockType.INPUT

    @property
    def is_output(self) -> bool:
        return self.block.block_type is BlockType.OUTPUT


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Plan:
    """A graph version, ready to run."""

    graph_id: str
    version: int
    #: The row of this version.
    version_id: UUID
    name: str
    nodes: Mapping[str, PlanNode]
    #: Where an execution starts: nodes without incoming links, and every input node; never notes.
    starting: tuple[PlanNode, ...]
    inputs: tuple[PlanNode, ...]
    outputs: tuple[PlanNode, ...]


def compile_plan(document: GraphDocument, registry: Registry, *, version_id: UUID) -> Plan:
    """Compile a version. Blocks that are not installed become placeholders, which refuse to run."""
    incoming: dict[str, list[LinkDocument]] = defaultdict(list)
    outgoing: dict[str, list[PlanLink]] = defaultdict(list)
    blocks = {node.id: registry.find_or_placeholder(node.block_id) for node in document.nodes}
    for link in document.links:
        is_static = link.is_static or blocks[link.source_id].static_output
        incoming[link.sink_id].append(link)
        outgoing[link.source_id].append(_compile_link(link, is_static))
    nodes = {
        node.id: _compile_node(node, blocks[node.id], incoming[node.id], tuple(outgoing[node.id]), blocks)
        for node in document.nodes
    }
    return Plan(
        graph_id=document.id,
        version=document.version,
        version_id=version_id,
        name=document.name,
        nodes=nodes,
        starting=tuple(node for node in nodes.values() if _starts(node)),
        inputs=tuple(node for node in nodes.values() if node.is_input),
        outputs=tuple(node for node in nodes.values() if node.is_output),
    )


def _compile_link(link: LinkDocument, is_static: bool) -> PlanLink:
    selector = compile_selector(link.source_name)
    return PlanLink(
        source_id=link.source_id,
        source_name=link.source_name,
        sink_id=link.sink_id,
        sink_name=link.sink_name,
        is_static=is_static,
        selector=selector,
        whole=None if selector.tools else link.source_name,
    )


def _compile_node(
    node: NodeDocument,
    block: Block,
    incoming: list[LinkDocument],
    output_links: tuple[PlanLink, ...],
    blocks: Mapping[str, Block],
) -> PlanNode:
    static = {link.sink_name for link in incoming if link.is_static or blocks[link.source_id].static_output}
    return PlanNode(
        id=node.id,
        row_id=UUID(node.id),
        name=str(node.metadata.get("customized_name") or block.name),
        block=block,
        defaults=node.input_default,
        output_links=output_links,
        linked=frozenset(link.sink_name for link in incoming),
        static_linked=frozenset(static),
        policy=policy_of(node.metadata),
        credentials_optional=node.metadata.get("credentials_optional") is True,
    )


def _starts(node: PlanNode) -> bool:
    return node.block.block_type is not BlockType.NOTE and (node.is_input or not node.linked)
