"""What may be spent on a running node: its hold, which is raised in steps while the credits are there."""

import asyncio
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from blocks.context import Stats
from blocks.errors import BlockError
from credits.outcomes import Refused
from executor.engine.billing import hold_until, is_cancelled, stop_for
from executor.engine.bills import set_aside
from executor.engine.state import NodeRun

if TYPE_CHECKING:
    from executor.engine.execution import Execution


@dataclass(frozen=True, slots=True)
class RunBudget:
    """Implements blocks.context.Budget. begun: `time.monotonic_ns()` when the block began."""

    execution: "Execution"
    run: NodeRun
    stats: Stats
    begun: int

    async def require(self) -> None:
        """Raise the hold once it is used up. Credits that are not there end the execution before they are used."""
        run, quote = self.run, self.run.quote
        if quote is None or not run.hold:
            return
        used = quote.cost(self.stats.usage((time.monotonic_ns() - self.begun) // 1_000_000))
        if used < run.hold:
            return
        bill = replace(set_aside(run, hold_until(self.execution)), amount=used + quote.hold, raised_from=run.hold)
        refused = await self.execution.session.bill(run, bill)
        if is_cancelled():
            raise asyncio.CancelledError
        if isinstance(refused, Refused):
            self.execution.stop(stop_for(refused.error))
            raise BlockError(str(refused.error))
