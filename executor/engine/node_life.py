"""The life of a node execution: it starts to run, and it ends once."""

from typing import TYPE_CHECKING

from executor.engine import stop
from executor.engine.bills import closing
from executor.engine.flow import emit, release
from executor.engine.policies import missing_outputs
from executor.engine.state import GraphRun, NodeRun
from executor.statuses import Status
from graphs.policy import OnError

if TYPE_CHECKING:
    from executor.engine.execution import Execution

#: An enumeration takes its time to find a member.
_RUNNING, _COMPLETED, _FAILED = Status.RUNNING, Status.COMPLETED, Status.FAILED

ORPHANED = "The node that called this tool has ended."


def mark_running(execution: "Execution", run: NodeRun) -> None:
    now = execution.clock.now()
    execution.root.starts += not (run.attempt or execution.root.is_dry_run)
    run.status, run.attempt, run.started_at = _RUNNING, run.attempt + 1, run.started_at or now
    execution.session.run_changed(run, now)


def unmark_running(execution: "Execution", run: NodeRun) -> None:
    """Its start was refused."""
    run.status, run.attempt, run.started_at = Status.QUEUED, run.attempt - 1, None
    execution.root.starts -= not run.attempt


def complete(execution: "Execution", run: NodeRun) -> None:
    end(execution, run, _COMPLETED)


def fail(execution: "Execution", run: NodeRun, message: str, *, is_our_fault: bool = False) -> None:
    """End it FAILED; the message is also its `error` output, which links may carry on. Its policy says what follows."""
    message = execution.known_secrets.masked(message)[: execution.limits.error_characters]
    goes_on = not run.is_finished and execution.stopped is None and run.graph.closing is None
    emit(execution, run, "error", message)
    if goes_on and run.node.policy.on_error is OnError.CONTINUE:
        for name in list(missing_outputs(run)):
            emit(execution, run, name, None)
    end(execution, run, Status.FAILED, message, is_our_fault=is_our_fault)
    if goes_on and run.node.policy.on_error is OnError.FAIL:
        _fail_graph(execution, run.graph, f"The node {run.node.name} failed: {message}")


def _fail_graph(execution: "Execution", graph: GraphRun, message: str) -> None:
    """What runs in it may finish, no more starts."""
    if graph.parent is None:
        execution.stop(stop.node_failed(message))
    else:
        execution.sub_graphs.fail(graph, message)


def end_stopped(execution: "Execution", run: NodeRun) -> None:
    """End it as its graph ends, or as everything does."""
    is_our_fault = run.status is Status.RUNNING and execution.stopped is not None and execution.stopped.is_our_fault
    if run.graph.closing is not None:
        end(execution, run, *run.graph.closing, is_our_fault=is_our_fault)
    elif execution.stopped is not None:
        end(execution, run, execution.stopped.status, execution.stopped.message, is_our_fault=is_our_fault)
    elif run.is_orphaned:
        end(execution, run, Status.TERMINATED, ORPHANED)


def end(execution: "Execution", run: NodeRun, status: Status, error: str = "", *, is_our_fault: bool = False) -> None:
    """Give it its final status, with the end of its bill; what waited for it goes on."""
    if run.is_finished:
        return
    if (order := closing(run, is_our_fault=is_our_fault)) is not None:
        execution.session.close_bill(run, order)
    run.status, run.error, run.ended_at = status, error, execution.clock.now()
    graph = run.graph
    graph.node_count += 1
    graph.node_error_count += status is _FAILED
    graph.active -= 1
    execution.session.run_changed(run, run.ended_at)
    release(execution, graph, run.node.id)
    execution.sub_graphs.ended(run)
    execution.tool_calls.ended(run)
