"""Nodes that wait for a person. They are parked in REVIEW, and run again once the person has decided."""

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from blocks.context import Verdict
from blocks.errors import BlockError
from blocks.readiness import Ready, parse
from executor.engine.node_life import fail
from executor.engine.state import GraphRun, NodeRun
from executor.engine.values import encode
from executor.reviews.questions import Answer, Question, digest
from executor.reviews.sensitive import laid_over, shown
from executor.reviews.statuses import ReviewStatus
from executor.statuses import Status

if TYPE_CHECKING:
    from executor.engine.execution import Execution

REVIEWS_ARE_OFF = "Approved without a review: this execution asks nobody."
APPROVED_BEFORE = "Approved without a review: an earlier approval holds for this node."
ANOTHER_VALUE = "What was reviewed is not what the node has now; it was not let through."
HOLDS_CREDITS = "A block whose cost is known only afterwards cannot wait for a review."
TOOLS_DO_NOT_WAIT = "A tool that a model calls cannot wait for a review."
REJECTED = "Rejected by the reviewer."


@dataclass(frozen=True, slots=True)
class RunReviews:
    """Implements blocks.context.Reviews for one node execution."""

    execution: "Execution"
    run: NodeRun

    def ask(self, data: Any, *, instructions: str, editable: bool) -> Verdict | None:
        """Raises BlockError."""
        root = self.run.graph.root
        if root.is_dry_run or not root.human_review:
            return Verdict(True, data, REVIEWS_ARE_OFF)
        return _ask(self.execution, self.run, data, instructions=instructions, editable=editable, is_sensitive=False)


def must_be_approved(run: NodeRun) -> bool:
    """Whether a person must see the node's inputs before its block runs."""
    return run.node.block.is_sensitive and run.graph.root.sensitive_review and not run.graph.root.is_dry_run


def approve(execution: "Execution", run: NodeRun) -> bool:
    """Whether a sensitive node may begin, with what the reviewer made of its inputs.

    False: it is parked until somebody decides, or it was rejected and has failed. It has not been charged yet.
    """
    asked = shown(run.node.block, run.inputs)
    try:
        verdict = _ask(execution, run, asked, instructions=run.node.name, editable=True, is_sensitive=True)
    except BlockError as error:
        fail(execution, run, str(error))
        return False
    if verdict is None:
        park(execution, run)
    elif not verdict.is_approved:
        fail(execution, run, f"{REJECTED} {verdict.message}".strip())
    else:
        return verdict.data is asked or _edit(execution, run, verdict.data)
    return False


def park(execution: "Execution", run: NodeRun) -> None:
    """It waits: REVIEW, in one transaction with what it asks. One that was not RUNNING yet passes through that.

    What a model has called cannot wait, since the model's own node holds credits meanwhile.
    """
    if run.is_called:
        run.question, run.waits = None, False
        fail(execution, run, TOOLS_DO_NOT_WAIT)
        return
    now = execution.clock.now()
    if run.status is not Status.RUNNING:
        run.status, run.started_at = Status.RUNNING, run.started_at or now
        execution.session.run_changed(run, now)
    run.status = Status.REVIEW
    run.graph.active -= 1
    run.graph.parked += 1
    if run.question is not None:
        execution.session.asked(run)
    execution.session.run_changed(run, now)


def park_graph(execution: "Execution", graph: GraphRun) -> None:
    """Nothing in it can go on before a person has decided."""
    graph.status = Status.REVIEW
    execution.session.graph_changed(graph, execution.clock.now())


def take_up(execution: "Execution", run: NodeRun) -> None:
    """It waits no longer: it is QUEUED where it was in the order of its node's executions."""
    run.status = Status.QUEUED
    run.graph.parked -= 1
    run.graph.active += 1
    execution.session.run_changed(run, execution.clock.now())


def withdraw(execution: "Execution", run: NodeRun) -> None:
    """It waits no longer, for it ends: nobody can decide about it any more."""
    take_up(execution, run)
    execution.session.review_withdrawn(run)


def _ask(
    execution: "Execution", run: NodeRun, data: Any, *, instructions: str, editable: bool, is_sensitive: bool
) -> Verdict | None:
    """What was decided; None, and the question is noted, if nobody has. Raises BlockError."""
    text = encode(data)
    if run.answer is not None and not run.answer.is_waiting:
        return _verdict(run.answer, data, text)
    if run.node.id in run.graph.approved_nodes:
        return Verdict(True, data, APPROVED_BEFORE)
    if run.hold:
        raise BlockError(HOLDS_CREDITS)
    run.waits, run.question = True, _question(execution, text, instructions, editable, is_sensitive)
    return None


def _verdict(answer: Answer, data: Any, text: str) -> Verdict:
    """A decision holds for what was shown, not for the node."""
    if digest(text) != answer.digest:
        raise BlockError(ANOTHER_VALUE)
    return Verdict(
        answer.status is ReviewStatus.APPROVED, answer.edited_data if answer.was_edited else data, answer.message
    )


def _question(execution: "Execution", text: str, instructions: str, editable: bool, is_sensitive: bool) -> Question:
    now, patience = execution.clock.now(), execution.limits.review_seconds
    approves = execution.limits.expired_approves and not is_sensitive
    return Question(
        payload=text,
        digest=digest(text),
        instructions=instructions,
        editable=editable,
        is_sensitive=is_sensitive,
        asked_at=now,
        expires_at=now + timedelta(seconds=patience) if patience else None,
        default_decision=ReviewStatus.APPROVED if approves else ReviewStatus.REJECTED,
    )


def _edit(execution: "Execution", run: NodeRun, edited: Any) -> bool:
    """Run with what the reviewer made of the inputs; the row keeps those that were asked about."""
    answer = parse(run.node.block, laid_over(run.node.block, run.inputs, edited))
    if isinstance(answer, Ready):
        run.parsed = answer.parsed
        return True
    fail(execution, run, f"The reviewer's changes do not fit the block: {answer.reason}")
    return False
