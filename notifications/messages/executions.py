"""What users are told of an execution that has ended or waits: which notices follow from the trigger's."""

from datetime import datetime

from accounts.wishes import NotificationType
from blocks.registry import registry
from executor.models import GraphExecution, NodeExecution
from executor.reviews.models import Review
from executor.statuses import Status
from notifications.kinds import Kind
from notifications.messages.data import (
    AgentRunData,
    AwaitingReviewData,
    BlockExecutionFailedData,
    ContinuousAgentErrorData,
    Data,
    ExecutionStoppedData,
    shortened,
)
from notifications.messages.repeats import count_again, end_errors_of, end_repeats
from notifications.messages.strategies import is_told
from notifications.messages.writing import write_notice
from notifications.models import Notice

#: An execution that ended so is told by another notice: the ledger's.
OUT_OF_CREDITS = "insufficient_balance"
#: Of one execution, as many nodes are told of.
NODES = 3


def derive(notice: Notice) -> None:
    """Write the notices that follow, in the transaction that deals with this one. None of what was deleted."""
    if notice.execution_id is None:
        return
    executions = GraphExecution.objects.filter(deletion=None).select_related("graph")
    execution = executions.filter(id=notice.execution_id).first()
    if execution is not None:
        _WRITERS[Kind(notice.kind)](notice, execution)


def _completed(notice: Notice, execution: GraphExecution) -> None:
    data = AgentRunData(
        agent_name=execution.graph.name,
        credits_used=execution.cost,
        execution_time=_seconds(execution),
        node_count=NodeExecution.objects.filter(execution=execution).exclude(status=Status.INCOMPLETE).count(),
        graph_id=str(execution.graph_id),
    )
    _write(NotificationType.AGENT_RUN, notice, data)
    end_repeats(notice.user_id, NotificationType.CONTINUOUS_AGENT_ERROR, str(execution.graph_id))
    _unhandled_errors(notice, execution)


def _failed(notice: Notice, execution: GraphExecution) -> None:
    if execution.error_code == OUT_OF_CREDITS:
        return
    type, graph_id = NotificationType.CONTINUOUS_AGENT_ERROR, str(execution.graph_id)
    count = count_again(notice.user_id, type, graph_id, now=notice.happened_at)
    data = ContinuousAgentErrorData(
        agent_name=execution.graph.name,
        error_message=shortened(execution.error),
        graph_id=graph_id,
        execution_id=str(execution.id),
        start_time=execution.started_at or execution.created_at,
        error_time=notice.happened_at,
        attempts=count,
    )
    if is_told(count):
        _write(type, notice, data)


def _stopped(notice: Notice, execution: GraphExecution) -> None:
    data = ExecutionStoppedData(
        agent_name=execution.graph.name,
        graph_id=str(execution.graph_id),
        execution_id=str(execution.id),
        credits_used=execution.cost,
    )
    _write(NotificationType.EXECUTION_STOPPED, notice, data)


def _waits(notice: Notice, execution: GraphExecution) -> None:
    questions = Review.objects.inside(execution).waiting().count()
    if not questions:
        return  # somebody was faster
    data = AwaitingReviewData(
        agent_name=execution.graph.name,
        graph_id=str(execution.graph_id),
        execution_id=str(execution.id),
        questions=questions,
    )
    _write(NotificationType.AWAITING_REVIEW, notice, data)


_WRITERS = {
    Kind.COMPLETED: _completed,
    Kind.FAILED: _failed,
    Kind.TERMINATED: _stopped,
    Kind.REVIEW_WAITING: _waits,
}


def _unhandled_errors(notice: Notice, execution: GraphExecution) -> None:
    """Nodes that have failed in an execution that went on, if their graph does nothing about it."""
    failed = NodeExecution.objects.filter(execution=execution, status=Status.FAILED).select_related("node")
    runs = {run.node_id: run for run in failed.exclude(node__output_links__source_name="error").order_by("-number")}
    end_errors_of(notice.user_id, execution.graph_id, but_for=runs)
    for run in list(runs.values())[:NODES]:
        _unhandled_error(notice, execution, run)


def _unhandled_error(notice: Notice, execution: GraphExecution, run: NodeExecution) -> None:
    type = NotificationType.BLOCK_EXECUTION_FAILED
    count = count_again(notice.user_id, type, f"{execution.graph_id}:{run.node_id}", now=notice.happened_at)
    block = registry.find(run.node.block_id)
    data = BlockExecutionFailedData(
        block_name=block.name if block else run.node.block_id,
        block_id=run.node.block_id,
        error_message=shortened(run.error),
        graph_id=str(execution.graph_id),
        node_id=str(run.node_id),
        execution_id=str(execution.id),
        agent_name=execution.graph.name,
        count=count,
    )
    if is_told(count):
        _write(type, notice, data, of=str(run.node_id))


def _write(type: NotificationType, notice: Notice, data: Data, *, of: str = "") -> None:
    key = ":".join(filter(None, (type.lower(), str(notice.pk), of)))
    moment: datetime = notice.happened_at
    write_notice(type, notice.user_id, data, key=key, happened_at=moment, execution_id=notice.execution_id)


def _seconds(execution: GraphExecution) -> float:
    if execution.started_at is None or execution.ended_at is None:
        return 0.0
    return (execution.ended_at - execution.started_at).total_seconds()
