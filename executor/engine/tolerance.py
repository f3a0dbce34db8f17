"""Nodes whose blocks will not run may lack what their blocks require: those that are skipped, or simulated. Pure."""

from collections.abc import Mapping
from typing import Any

from blocks.base import Block, BlockType
from blocks.readiness import Ready, Waiting
from executor.engine.state import NodeRun
from graphs.plan import PlanNode


def will_not_run(run: NodeRun) -> bool:
    """Whether its block is not asked to do its work with whatever inputs there are."""
    return run.graph.root.is_dry_run or run.node.id in run.graph.skipped_nodes


def tolerated(
    answer: Ready | Waiting,
    node: PlanNode,
    received: Mapping[str, Any],
    mask: Mapping[str, Any],
    linked: frozenset[str],
) -> Ready | Waiting:
    """The answer, or Ready if only something other than a value on a linked pin is missing or invalid.

    A sub-graph is never simulated itself, so that its node lacks what it lacks.
    """
    if isinstance(answer, Ready) or node.block.block_type is BlockType.AGENT:
        return answer
    if any(pin not in received and pin not in mask for pin in linked):
        return answer
    return unfit(node.block, {**node.defaults, **received, **mask})


def unfit(block: Block, inputs: dict[str, Any]) -> Ready:
    """Inputs as they are, for a block that will not see them."""
    return Ready(inputs, block.Input.model_construct(**inputs))
