"""Rows of reviews, on their way to the database."""

from typing import Any

from executor.engine.state import NodeRun
from executor.reviews.limits import MESSAGE_CHARACTERS
from reliability.sql import Adapters, storable_text


def review_row(run: NodeRun, adapt: Adapters) -> tuple[Any, ...]:
    """What a node execution asks, as `Statements.review` takes it."""
    question = run.question
    assert question is not None
    return (
        adapt.uuid(run.id),
        adapt.uuid(run.graph.id),
        adapt.uuid(run.graph.root.id),
        adapt.uuid(run.graph.user_id),
        question.is_sensitive,
        question.payload,
        question.digest,
        storable_text(question.instructions),
        question.editable,
        adapt.moment(question.asked_at),
        adapt.moment(question.expires_at),
        question.default_decision.value,
    )


def rejection_row(run: NodeRun, adapt: Adapters) -> tuple[Any, ...]:
    """The end of a review whose node execution has ended, as `Statements.unreviewed` takes it."""
    now = adapt.moment(run.ended_at)
    return storable_text(run.error)[:MESSAGE_CHARACTERS], now, now, adapt.uuid(run.id)
