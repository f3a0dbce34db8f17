"""The exit codes of `rungraph`. Pure."""

from enum import IntEnum

from credits.errors import InsufficientBalance
from executor.models import GraphExecution
from executor.statuses import Status
from reliability.errors import InvalidInput, NotFound, SluiceError


class Exit(IntEnum):
    """What the shell is told."""

    COMPLETED = 0
    FAILED = 1
    INVALID = 2  #: the graph or the input; nothing has run
    NO_CREDITS = 3
    STOPPED = 130  #: as a shell has it for Ctrl-C


def exit_of(execution: GraphExecution) -> Exit:
    """For an execution that has ended."""
    if execution.status == Status.COMPLETED:
        return Exit.COMPLETED
    if execution.status == Status.TERMINATED:
        return Exit.STOPPED
    return Exit.NO_CREDITS if execution.error_code == InsufficientBalance.code else Exit.FAILED


def exit_of_error(error: SluiceError) -> Exit:
    """For an execution that was not launched."""
    if isinstance(error, InsufficientBalance):
        return Exit.NO_CREDITS
    return Exit.INVALID if isinstance(error, InvalidInput | NotFound) else Exit.FAILED
