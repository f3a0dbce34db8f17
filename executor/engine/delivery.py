"""Where an emitted value goes, and when a node has all it needs: pure decisions over the state in memory.

The rules, which imported graphs rely on: every value that is not static is consumed once; values pair up first in,
first out per pin; a static value stays for every later execution of its sink.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from blocks.base import BlockType
from blocks.pins import MISSING
from blocks.readiness import NOTHING, Ready, Waiting, gather
from executor.engine.state import GraphRun, NodeRun
from executor.engine.tolerance import tolerated, will_not_run
from graphs.plan import PlanLink, PlanNode


def carried(run: NodeRun, name: str, value: Any) -> Iterator[tuple[PlanLink, Any]]:
    """The links of this node that take something out of this output, each with what it takes."""
    for link in run.node.output_links:
        if name == link.whole:
            yield link, value
            continue
        selected = link.selector.select(name, value, sink_node_id=link.sink_id, sink_name=link.sink_name)
        if selected is not MISSING:
            yield link, selected


def oldest_without(graph: GraphRun, sink_id: str, pin: str) -> NodeRun | None:
    """The oldest node execution of the sink that is still gathering and has nothing on this pin yet."""
    for run in graph.incomplete.get(sink_id, ()):
        if pin not in run.received:
            return run
    return None


def fill_static(graph: GraphRun, run: NodeRun) -> bool:
    """Give the node execution the static values that it lacks, from the execution queued last. True if it got any."""
    if not run.node.static_linked:
        return False
    latest = graph.latest.get(run.node.id)
    if latest is None:
        return False
    source = latest.received or pins_of(latest)
    found = {pin: source[pin] for pin in run.node.static_linked if pin not in run.received and pin in source}
    run.received.update(found)
    return bool(found)


def pins_of(run: NodeRun) -> Mapping[str, Any]:
    """What a node execution that was read back has on its pins; those of a sub-graph are kept together."""
    inputs: Mapping[str, Any] = run.inputs["inputs"] if run.node.block.block_type is BlockType.AGENT else run.inputs
    return inputs


def readiness(graph: GraphRun, run: NodeRun) -> Ready | Waiting:
    """Whether the node execution has all it needs."""
    node = run.node
    mask = graph.input_masks.get(node.id, NOTHING)
    answer = gather(node.block, defaults=node.defaults, linked=node.linked, received=run.received, mask=mask)
    if isinstance(answer, Waiting) and will_not_run(run):
        return tolerated(answer, node, run.received, mask, node.linked)
    return answer


def gather_for(
    node: PlanNode, received: Mapping[str, Any], mask: Mapping[str, Any], *, linked: frozenset[str]
) -> Ready | Waiting:
    """The same for inputs that are no node execution yet. linked: the pins to wait for, instead of the node's own."""
    return gather(node.block, defaults=node.defaults, linked=linked, received=received, mask=mask)
