"""What can go wrong with executions."""

from reliability.errors import Conflict, InvalidInput, NotFound, SluiceError


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


class LeaseLost(Conflict):
    """Another worker owns this execution now; nothing was written."""

    code = "lease_lost"


class JournalFailed(SluiceError):
    """The journal could not write this execution's changes."""

    code = "journal_failed"


class StateUnreadable(SluiceError):
    """The stored rows of this execution do not fit its graph version."""

    code = "state_unreadable"
