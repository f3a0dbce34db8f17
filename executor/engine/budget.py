"""What may be spent on a running node: its hold, which is raised in steps while the credits are there."""

import asyncio
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from blocks.errors import BlockError
from credits.outcomes import Refused
from executor.engine.billing import hold_until, is_cancelled, stop_for
from executor.engine.bills import set_aside

if TYPE_CHECKING:
    from executor.engine.work import Work


@dataclass(frozen=True, slots=True)
class RunBudget:
    """Implements blocks.context.Budget."""

    work: "Work"

    async def require(self) -> None:
        """Raise the hold once it is used up. Credits that are not there end the execution before they are used."""
        execution, run, quote = self.work.execution, self.work.run, self.work.run.quote
        if run.is_finished:
            raise BlockError("The node has ended.")
        if quote is None or not run.hold:
            return
        used = quote.cost(self.work.usage())
        if used < run.hold:
            return
        bill = replace(set_aside(run, hold_until(execution)), amount=used + quote.hold, raised_from=run.hold)
        refused = await execution.session.bill(run, bill)
        if is_cancelled():
            raise asyncio.CancelledError
        if isinstance(refused, Refused):
            execution.stop(stop_for(refused.error))
            raise BlockError(str(refused.error))
