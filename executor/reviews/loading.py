"""The reviews of an execution that is taken up, in the engine's memory. Pure."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from uuid import UUID

from executor.engine.state import GraphRun, NodeRun
from executor.reviews.models import Review
from executor.reviews.questions import Answer
from executor.reviews.statuses import ReviewStatus


def take_up_reviews(root: GraphRun, runs: Mapping[UUID, NodeRun], reviews: Iterable[Review]) -> None:
    """Give node executions what was decided about them, and nodes the approvals that hold for what is still to come."""
    spans: list[tuple[datetime, datetime]] = []
    for review in reviews:
        run = runs[review.node_execution_id]
        run.answer = _answer(review)
        if review.approves_future:
            run.graph.approved_nodes.add(run.node.id)
        if review.resumed_at is not None:
            spans.append((review.created_at, review.resumed_at))
    root.review_seconds = seconds_covered(spans)


def seconds_covered(spans: Iterable[tuple[datetime, datetime]]) -> float:
    """How long at least one of the spans lasted: they may overlap."""
    covered, end = 0.0, None
    for begun, ended in sorted(spans):
        begun = begun if end is None else max(begun, end)
        covered += max(0.0, (ended - begun).total_seconds())
        end = ended if end is None else max(end, ended)
    return covered


def _answer(review: Review) -> Answer:
    return Answer(
        status=ReviewStatus(review.status),
        digest=review.payload_hash,
        message=review.message,
        was_edited=review.was_edited,
        edited_data=review.edited_data,
    )
