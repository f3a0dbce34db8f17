"""What becomes of a node execution that an earlier owner left unfinished. Pure."""

from enum import Enum

from blocks.base import Effect
from executor.engine.state import NodeRun
from executor.statuses import Status


class Restart(Enum):
    """What to do with it."""

    LEAVE = "leave"  #: it has ended, still gathers inputs, or waits for a person
    RUN = "run"  #: start it, or start it again: the outputs that are stored are not emitted twice
    INTERRUPTED = "interrupted"  #: it had started, and nobody can tell how far it came


INTERRUPTED_MESSAGE = "The worker died while this node ran, and its block must not run twice (interrupted)."


def restart(run: NodeRun) -> Restart:
    """Decide by its status and by its block's effect."""
    if run.status is Status.QUEUED:
        return Restart.RUN
    if run.status is Status.REVIEW:
        return Restart.LEAVE if run.answer is not None and run.answer.is_waiting else Restart.RUN
    if run.status is not Status.RUNNING:
        return Restart.LEAVE
    must_not_repeat = run.node.block.effect is Effect.ONCE and not run.graph.root.is_dry_run
    return Restart.INTERRUPTED if must_not_repeat else Restart.RUN
