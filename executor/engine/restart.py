"""What becomes of a node execution that an earlier owner left unfinished. Pure."""

from enum import Enum

from blocks.base import Effect
from executor.engine.state import NodeRun
from executor.statuses import Status


class Restart(Enum):
    """What to do with it."""

    LEAVE = "leave"  #: it has ended, or still gathers inputs
    RUN = "run"  #: start it, or start it again: the outputs that are stored are not emitted twice
    INTERRUPTED = "interrupted"  #: it had started, and nobody can tell how far it came


INTERRUPTED_MESSAGE = "The worker died while this node ran, and its block must not run twice (interrupted)."


def restart(run: NodeRun) -> Restart:
    """Decide by its status and by its block's effect."""
    if run.status is Status.QUEUED:
        return Restart.RUN
    if run.status is not Status.RUNNING:
        return Restart.LEAVE
    return Restart.INTERRUPTED if run.node.block.effect is Effect.ONCE else Restart.RUN
