"""Starting nodes that cost something, or that the world can see: first the commit, then the work."""

import asyncio
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from credits.errors import AccountFrozen, CostLimitReached, InsufficientBalance
from credits.outcomes import Refused
from credits.pricing.errors import ModelPriceUnknown
from executor.engine import stop
from executor.engine.bills import (
    OWN_CREDENTIALS,
    UNCHARGED,
    Bill,
    add_cost,
    add_hold,
    bill_for,
    expect,
    is_raise,
    more,
)
from executor.engine.credentials import is_on_own_key, priced_inputs
from executor.engine.node_life import fail, mark_running, unmark_running
from executor.engine.state import NodeRun
from executor.journal.withdrawn import Withdrawn
from reliability.errors import SluiceError

if TYPE_CHECKING:
    from executor.engine.execution import Execution

#: What a hold lasts longer than the longest execution.
HOLD_GRACE = timedelta(minutes=10)


async def start_billed(execution: "Execution", run: NodeRun) -> bool:
    """Commit the node's start, together with its charge or its hold, before its block runs.

    False if it may not run: the node has then failed, and if credits are lacking, no further node starts. A node that
    an earlier owner has started is not billed again.
    """
    bill = None
    if is_on_own_key(execution, run):
        run.stats[UNCHARGED] = OWN_CREDENTIALS
    elif not run.attempt:
        try:
            run.quote = execution.surroundings.prices.quote(run.node.block, priced_inputs(run))
        except ModelPriceUnknown as error:
            fail(execution, run, str(error))
            return False
        bill = bill_for(run, hold_until(execution))
    expect(run, bill)
    mark_running(execution, run)
    if bill is None:
        await execution.session.commit()
        return True
    refused = await execution.session.bill(run, bill)
    if isinstance(refused, Withdrawn):
        take_back(execution, run, bill)
    if is_cancelled():
        raise asyncio.CancelledError
    return _refuse(execution, run, refused.error) if isinstance(refused, Refused) else True


def decided(execution: "Execution", run: NodeRun, bill: Bill, *, is_refused: bool) -> None:
    """What the ledger has made of a bill counts at once, before another batch is made."""
    if is_refused and not is_raise(bill):
        take_back(execution, run, bill)
    elif is_raise(bill) and not is_refused and not run.is_finished:
        add_hold(run, more(bill))


def take_back(execution: "Execution", run: NodeRun, bill: Bill) -> None:
    """The node has not started."""
    expect(run, bill, sign=-1)
    unmark_running(execution, run)


async def settled(execution: "Execution", run: NodeRun) -> None:
    """Wait until it is known whether a node's true cost could be paid, before the execution may end."""
    if run.quote is not None and run.quote.hold:
        await execution.session.commit()


def uncovered(execution: "Execution", run: NodeRun, credits: int) -> None:
    """A node has cost more than its hold, the balance and the overdraft could pay: nothing more is used."""
    add_cost(run, -credits)
    execution.session.run_changed(run, execution.clock.now())
    message = f"The node {run.node.name} cost {credits} credits more than could be paid."
    execution.stop(stop.insufficient_balance(message))


def hold_until(execution: "Execution") -> datetime:
    """Holds end by themselves some time after the execution must have ended."""
    return execution.clock.now() + timedelta(seconds=execution.limits.seconds) + HOLD_GRACE


def is_cancelled() -> bool:
    """Whether somebody has cancelled the task that asks, though it may have caught that."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


def _refuse(execution: "Execution", run: NodeRun, error: SluiceError) -> bool:
    reason = stop_for(error)
    execution.stop(reason)
    fail(execution, run, reason.message)
    return False


def stop_for(error: SluiceError) -> stop.Stop:
    """What a refusal of the ledger makes of the execution."""
    match error:
        case InsufficientBalance():
            return stop.insufficient_balance(str(error))
        case CostLimitReached():
            return stop.cost_limit(str(error))
        case AccountFrozen():
            return stop.account_frozen(str(error))
        case _:
            return stop.internal(f"The ledger refused the charge: {error}")
