"""Why `up` cannot start, or go on: each one sentence that says what to do."""

from reliability.errors import SluiceError


class CannotStart(SluiceError):
    """Sluice cannot start."""

    code = "cannot_start"


class AlreadyRunning(CannotStart):
    """Sluice is already running on this data folder."""

    code = "already_running"


class ChildFailed(CannotStart):
    """A process ended right after its start."""

    # data["tail"]: the last lines of its log
    code = "child_failed"
