"""Which node executions sprint: those of which nothing waits, neither their start nor their block."""

from typing import TYPE_CHECKING

from blocks.base import Block
from executor.engine.emissions import never_waits
from executor.engine.starting import is_unbilled
from executor.engine.state import NodeRun

if TYPE_CHECKING:
    from executor.engine.execution import Execution


class Sprinters:
    """Those of one execution."""

    def __init__(self, execution: "Execution") -> None:
        self._execution = execution
        #: As far as that was asked.
        self._known: dict[Block, bool] = {}

    def __contains__(self, run: NodeRun) -> bool:
        """What an earlier owner has begun goes the ordinary way."""
        block = run.node.block
        found = self._known.get(block)
        if found is None:
            found = self._known[block] = self._sprints(block)
        return found and not run.outputs

    def _sprints(self, block: Block) -> bool:
        execution = self._execution
        return not execution.root.is_dry_run and is_unbilled(execution, block) and never_waits(type(block))
