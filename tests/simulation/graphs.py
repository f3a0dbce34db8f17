"""What is run in simulated worlds: a random graph, with its inputs and the credits that there are for it."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from random import Random
from typing import Any
from uuid import UUID

from graphs.plan import Plan
from tests.simulation.sketch import Sketch, random_id


class Family(Enum):
    """What kind of executions a case is about."""

    SAME = "same"  #: crashes change nothing but time
    ONCE = "once"  #: with blocks that must not run twice
    POOR = "poor"  #: credits may be lacking
    STOPPED = "stopped"  #: somebody stops it


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A graph to run, and with what. plans: it and its sub-graph."""

    family: Family
    user_id: UUID
    plan: Plan
    plans: Mapping[tuple[str, int | None], Plan]
    inputs: dict[str, Any]
    input_masks: dict[str, dict[str, Any]]
    skipped_nodes: list[str]
    credits: int
    max_cost: int | None
    #: Names of nodes by their ids, of both graphs.
    names: Mapping[str, str]


def random_case(seed: int, family: Family) -> Case:
    """Always the same for the same seed."""
    chance, is_once = Random(f"{family.value} {seed}"), family is Family.ONCE
    child = Sketch(chance, is_once, nodes=chance.randint(0, 3), prefix="child ")
    sketch = Sketch(chance, is_once, nodes=chance.choice((1, 1, 2, 2, 3, 4, 6, 10)), child=child)
    plans = [sketch.plan(), child.plan()]
    is_poor = family is Family.POOR
    return Case(
        family=family,
        user_id=random_id(chance),
        plan=plans[0],
        plans={(plan.graph_id, plan.version): plan for plan in plans},
        inputs=sketch.inputs,
        input_masks=sketch.masks(),
        skipped_nodes=sketch.skipped(),
        credits=chance.randint(1, 20) if is_poor else 1_000_000,
        max_cost=chance.randint(1, 20) if is_poor and chance.random() < 0.5 else None,
        names={node.id: node.name for plan in plans for node in plan.nodes.values()},
    )
