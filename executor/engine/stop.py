"""Why an execution ends before its nodes are all done, and what that makes of it."""

from dataclasses import dataclass, replace
from enum import Enum

from executor.statuses import Status


class Ending(Enum):
    """How running nodes are treated when an execution is stopped."""

    CANCEL = "cancel"  #: interrupt them
    DRAIN = "drain"  #: let them finish, start no more


@dataclass(frozen=True, slots=True)
class Stop:
    """A decision to stop. status: of the execution, and of nodes that never started."""

    status: Status
    ending: Ending
    code: str
    message: str

    @property
    def is_our_fault(self) -> bool:
        """What it interrupts is not paid for."""
        return self.code in _OUR_FAULTS


#: Codes of decisions that the platform takes, not the user and not the graph.
_OUR_FAULTS = frozenset({"time_limit", "internal_error"})
REQUESTED = "stopped"


def on_request() -> Stop:
    return Stop(Status.TERMINATED, Ending.CANCEL, REQUESTED, "Stopped on request.")


def remembered(code: str, message: str) -> Stop | None:
    """The decision that an earlier owner had taken before it died; None if it had taken none."""
    if not code:
        return None
    return on_request() if code == REQUESTED else Stop(Status.FAILED, Ending.DRAIN, code, message)


def sharper(first: Stop, second: Stop) -> Stop:
    """What counts of two decisions: the first reason, unless a person asks; and to interrupt, once one says so."""
    if first.ending is Ending.CANCEL or second.ending is Ending.DRAIN:
        return first
    return second if second.code == REQUESTED else replace(first, ending=Ending.CANCEL)


def insufficient_balance(message: str) -> Stop:
    return Stop(Status.FAILED, Ending.DRAIN, "insufficient_balance", message)


def cost_limit(message: str) -> Stop:
    return Stop(Status.FAILED, Ending.DRAIN, "cost_limit", message)


def account_frozen(message: str) -> Stop:
    return Stop(Status.FAILED, Ending.DRAIN, "account_frozen", message)


def node_limit(limit: int) -> Stop:
    message = f"The execution has started {limit} node executions, the most that one may have (NODE_EXECUTIONS_MAX)."
    return Stop(Status.FAILED, Ending.CANCEL, "node_limit", message)


def time_limit(seconds: int) -> Stop:
    message = f"The execution has run for {seconds} seconds, the longest it may (EXECUTION_MAX_SECONDS)."
    return Stop(Status.FAILED, Ending.CANCEL, "time_limit", message)


def internal(message: str) -> Stop:
    return Stop(Status.FAILED, Ending.CANCEL, "internal_error", message)
