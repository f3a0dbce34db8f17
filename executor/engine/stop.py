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
NODE_FAILED = "node_failed"
MODERATED = "moderated"
UNMODERATED = "moderation_unavailable"
#: With these, the values of an execution are withheld.
WITHHELD = frozenset({MODERATED, UNMODERATED})


def on_request() -> Stop:
    return Stop(Status.TERMINATED, Ending.CANCEL, REQUESTED, "Stopped on request.")


def remembered(code: str, message: str) -> Stop | None:
    """The decision that an earlier owner had taken before it died; None if it had taken none."""
    if not code:
        return None
    return on_request() if code == REQUESTED else Stop(Status.FAILED, Ending.DRAIN, code, message)


def sharper(first: Stop, second: Stop) -> Stop:
    """What counts of two decisions: the first reason, unless a person asks or the values are refused; and to interrupt,
    once one says so.
    """
    if second.code in WITHHELD:
        return second
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


def loop_limit(node: str, limit: int) -> Stop:
    message = f"The node {node} has been started {limit} times, the most that one may be (NODE_LOOPS_MAX)."
    return Stop(Status.FAILED, Ending.CANCEL, "loop_limit", message)


def state_limit(limit: int) -> Stop:
    message = (
        f"The outputs of the execution take more than {limit} bytes, the most they may (EXECUTION_STATE_MAX_BYTES)."
    )
    return Stop(Status.FAILED, Ending.CANCEL, "state_limit", message)


def node_failed(message: str) -> Stop:
    """A node failed whose policy says that its graph fails with it."""
    return Stop(Status.FAILED, Ending.DRAIN, NODE_FAILED, message)


def moderated(stage: str, reason: str) -> Stop:
    why = reason.strip() or "It gave no reason."
    return Stop(Status.FAILED, Ending.CANCEL, MODERATED, f"The {stage} were refused by the moderation: {why}")


def moderation_unavailable(stage: str) -> Stop:
    message = f"The {stage} could not be moderated, and nothing may pass unseen (MODERATION_FAILS)."
    return Stop(Status.FAILED, Ending.CANCEL, UNMODERATED, message)


def duration_limit(seconds: int) -> Stop:
    """The limit is the user's own, so what has been used is paid for."""
    message = f"The execution has run for {seconds} seconds, the longest that it was given (max_seconds)."
    return Stop(Status.FAILED, Ending.CANCEL, "duration_limit", message)


def time_limit(seconds: int) -> Stop:
    message = f"The execution has run for {seconds} seconds, the longest it may (EXECUTION_MAX_SECONDS)."
    return Stop(Status.FAILED, Ending.CANCEL, "time_limit", message)


def internal(message: str) -> Stop:
    return Stop(Status.FAILED, Ending.CANCEL, "internal_error", message)
