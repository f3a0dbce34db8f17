"""Taking up an execution: a new one that has only its first nodes, or one that an earlier owner has left."""

from typing import TYPE_CHECKING

from executor.engine.node_life import fail
from executor.engine.restart import INTERRUPTED_MESSAGE, Restart, restart
from executor.engine.reviews import take_up
from executor.engine.state import GraphRun
from executor.engine.values import encode, size
from executor.statuses import Status

if TYPE_CHECKING:
    from executor.engine.execution import Execution


def take_stock(execution: "Execution", graph: GraphRun) -> None:
    """Count what is there already."""
    execution.made += len(graph.runs)
    for run in graph.runs:
        graph.made[run.node.id] += 1
        execution.clock.seen(run.queued_at, run.ended_at)
        execution.kept += sum(size(encode(value)) for _, value in run.outputs)


def restart_all(execution: "Execution", graph: GraphRun) -> None:
    """Make what is unfinished ready to run. All is decided first: what fails here gives others what they wait for."""
    for run, decision in [(run, restart(run)) for run in graph.runs]:
        if decision is Restart.RUN:
            if run.status is Status.REVIEW:
                take_up(execution, run)
            elif run.seq == 0:
                execution.session.run_changed(run, execution.clock.now())
            execution.ready.append(run)
        elif decision is Restart.INTERRUPTED:
            fail(execution, run, INTERRUPTED_MESSAGE, is_our_fault=True)
