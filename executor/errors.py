"""What can go wrong with executions."""

from blocks.errors import BlockError
from reliability.errors import Conflict, InvalidInput, NotFound, SluiceError, Unavailable


class InputInvalid(InvalidInput):
    """The inputs do not fit the graph."""

    # data["fields"]: {input name: message}
    code = "input_invalid"


class ExecutionNotFound(NotFound):
    """There is no such execution."""

    code = "execution_not_found"


class AlreadyFinished(Conflict):
    """The execution has already ended."""

    code = "already_finished"


class StillRunning(Conflict):
    """The execution has not ended yet: stop it first."""

    code = "still_running"


class TooManyExecutions(SluiceError):
    """Too many executions of this user wait, or were started within a minute."""

    # data: limit (the name of the setting), maximum, retry_after (seconds)
    code = "too_many_executions"
    http_status = 429
    retryable = True


class QueueFull(Unavailable):
    """Too many executions wait in this installation."""

    # data: as in TooManyExecutions
    code = "queue_full"


class LeaseLost(Conflict):
    """Another worker owns this execution now; nothing was written."""

    code = "lease_lost"


class JournalFailed(SluiceError):
    """The journal could not write this execution's changes."""

    code = "journal_failed"


class TooManyOutputs(BlockError):
    """The block has more outputs than one node execution may have."""

    code = "too_many_outputs"


class StateUnreadable(SluiceError):
    """The stored rows of this execution do not fit its graph version."""

    code = "state_unreadable"


class NothingToRun(Conflict):
    """Nothing of the execution would run again."""

    code = "nothing_to_run"


class BlockNotRunnable(InvalidInput):
    """This block cannot run by itself."""

    code = "block_not_runnable"


class BlockFailed(SluiceError):
    """The block failed."""

    # data: execution_id, graph_id, error_code of the execution, outputs
    code = "block_failed"
    http_status = 422
