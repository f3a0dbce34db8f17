"""Blocks of sensitive effect: where the owner wants to see what they would do, they ask before they begin."""

from typing import Any

import pytest

from accounts.models import User
from executor.models import GraphExecution
from executor.reviews.models import Review
from executor.statuses import Status
from graphs.document import GraphDocument
from tests.executor.blocks import LOG
from tests.executor.books import assert_books
from tests.executor.building import build, result
from tests.executor.reviews.cast import decided, decision, finished, payload_of, post, reviews, status_of
from tests.executor.running import node_executions, outputs, ran, run, started
from tests.factories import make_user

pytestmark = pytest.mark.django_db(transaction=True)

CONSTANTS = {"text": "Hello", "password": "hush", "log": "sensitive"}


@pytest.fixture
def ada() -> User:
    LOG["sensitive"].clear()
    return make_user()


def sending(**constants: Any) -> GraphDocument:
    return build(
        {"send": ("Send", CONSTANTS | constants), "sent": result("sent"), "error": result("error")},
        ["send.sent -> sent.value", "send.error -> error.value"],
    )


def asked(user: User, **constants: Any) -> GraphExecution:
    """Run with the owner's wish to see sensitive effects first."""
    execution = started(user, sending(**constants))
    GraphExecution.objects.filter(id=execution.id).update(sensitive_review=True)
    return run(execution)


def test_it_asks_before_it_is_charged_and_before_it_begins(ada: User) -> None:
    execution = asked(ada)
    assert (execution.status, execution.cost, status_of(execution, "send")) == (Status.REVIEW, 0, ["REVIEW"])
    assert (LOG["sensitive"], node_executions(execution, "send")[0].attempt) == ([], 0)
    (review,) = reviews(execution)
    assert (review.is_sensitive, review.instructions, review.editable) == (True, "send", True)


def test_approved_it_is_charged_once_and_runs_once(ada: User) -> None:
    ended = finished(asked(ada))
    assert (ended.status, outputs(ended), ended.cost) == (Status.COMPLETED, {"sent": ["Hello"]}, 1)
    assert (LOG["sensitive"], node_executions(ended, "send")[0].attempt) == (["Hello 1 hush"], 1)
    assert_books(ended)


def test_rejected_it_fails_with_what_the_reviewer_said_and_costs_nothing(ada: User) -> None:
    ended = finished(asked(ada), approved=False, message="Too rude.")
    message = "Rejected by the reviewer. Too rude."
    assert (ended.status, outputs(ended), ended.cost) == (Status.COMPLETED, {"error": [message]}, 0)
    assert (status_of(ended, "send"), LOG["sensitive"]) == (["FAILED"], [])
    assert_books(ended)


def test_it_runs_with_what_the_reviewer_made_of_its_inputs(ada: User) -> None:
    execution = asked(ada)
    payload = payload_of(execution)
    ended = finished(execution, reviewed_data=payload | {"text": "Dear all", "count": "2"})
    assert (outputs(ended), LOG["sensitive"]) == ({"sent": ["Dear all"]}, ["Dear all 2 hush"])


def test_secret_inputs_are_neither_shown_nor_changed(ada: User) -> None:
    execution = asked(ada)
    payload = payload_of(execution)
    assert "password" not in payload
    finished(execution, reviewed_data=payload | {"password": "stolen", "text": "Hi"})
    assert LOG["sensitive"] == ["Hi 1 hush"]


@pytest.mark.parametrize("edited", [{"count": 2}, {"text": None}, ["Hi"], "Hi"])
def test_changes_that_do_not_fit_the_block_are_refused_at_once(ada: User, edited: Any) -> None:
    execution = asked(ada)
    (review,) = reviews(execution)
    answer = post(ada, decision(review, reviewed_data=edited))
    assert (answer.status_code, list(answer.json()["fields"])) == (400, [str(review.node_execution_id)])
    assert reviews(execution)[0].status == "WAITING"


def test_unless_the_owner_wants_it_nobody_is_asked(ada: User) -> None:
    ended = ran(ada, sending())
    assert (ended.status, outputs(ended)) == (Status.COMPLETED, {"sent": ["Hello"]})
    assert not Review.objects.exists()


def test_reviews_of_values_and_of_effects_are_switched_apart(ada: User) -> None:
    execution = started(ada, sending())
    GraphExecution.objects.filter(id=execution.id).update(sensitive_review=True, human_review=False)
    assert run(execution).status == Status.REVIEW


def test_an_approval_that_cannot_be_paid_starts_nothing(ada: User) -> None:
    grace = make_user("grace@example.org", credits=1)
    execution = asked(grace)
    ran(grace, sending())
    LOG["sensitive"].clear()
    ended = finished(execution)
    assert (ended.status, ended.error_code, LOG["sensitive"]) == (Status.FAILED, "insufficient_balance", [])


def test_inputs_that_were_changed_after_the_approval_are_not_let_through(ada: User) -> None:
    execution = asked(ada)
    decided(execution)
    row = node_executions(execution, "send")[0]
    row.inputs = row.inputs | {"text": "Send all the money"}
    row.save(update_fields=["inputs"])
    ended = run(execution)
    assert (status_of(ended, "send"), LOG["sensitive"], ended.cost) == (["FAILED"], [], 0)
    assert "What was reviewed is not what the node has now" in outputs(ended)["error"][0]
