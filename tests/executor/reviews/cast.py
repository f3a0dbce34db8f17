"""Graphs that ask somebody, and somebody who answers over the API."""

from typing import Any

from rest_framework.test import APIClient

from accounts.keys import issue
from accounts.models import User
from executor.models import GraphExecution, NodeExecution
from executor.reviews.models import Review
from executor.statuses import Status
from graphs.document import GraphDocument
from tests.executor.building import build, result
from tests.executor.running import fresh, ran, run

ACTION = "/api/v1/review/action"


def ask(name: str = "Data", **constants: Any) -> tuple[str, dict[str, Any]]:
    """A node that asks for a review."""
    return "HumanInTheLoop", {"name": name, **constants}


def asking(value: Any = 7, **constants: Any) -> GraphDocument:
    """A paid node, its value reviewed, and all that may come of it."""
    return build(
        {
            "first": ("Pause", {"value": 1, "seconds": 0}),
            "ask": ask(data=value, **constants),
            "approved": result("approved"),
            "rejected": result("rejected"),
            "message": result("message"),
        },
        [
            "ask.approved_data -> approved.value",
            "ask.rejected_data -> rejected.value",
            "ask.review_message -> message.value",
        ],
    )


def parked(user: User, document: GraphDocument, inputs: dict[str, Any] | None = None, **options: Any) -> GraphExecution:
    """Run until it waits for a person."""
    execution = ran(user, document, inputs, **options)
    assert execution.status == Status.REVIEW, (execution.status, execution.error)
    return execution


def reviews(execution: GraphExecution) -> list[Review]:
    """All of them, in the order in which they were asked."""
    return list(Review.objects.inside(execution).order_by("node_execution__execution__depth", "node_execution__number"))


def client_of(user: User) -> APIClient:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {issue(user, name='tests')[1]}")
    return client


def decision(review: Review, approved: bool = True, **more: Any) -> dict[str, Any]:
    return {"node_exec_id": str(review.node_execution_id), "approved": approved, **more}


def post(user: User, *decisions: dict[str, Any]) -> Any:
    """Send decisions, as the reviewer's page does."""
    return client_of(user).post(ACTION, {"reviews": list(decisions)}, format="json")


def payload_of(execution: GraphExecution) -> dict[str, Any]:
    """What the only review shows, which must be an object."""
    (review,) = reviews(execution)
    assert isinstance(review.payload, dict)
    return review.payload


def decided(execution: GraphExecution, approved: bool = True, **more: Any) -> GraphExecution:
    """Decide all that waits in the same way; it goes on in whichever process takes it up."""
    waiting = [review for review in reviews(execution) if review.status == "WAITING"]
    answer = post(execution.user, *(decision(review, approved, **more) for review in waiting))
    assert answer.status_code == 200, answer.json()
    return fresh(execution)


def finished(execution: GraphExecution, approved: bool = True, **more: Any) -> GraphExecution:
    """Decided, and run on."""
    return run(decided(execution, approved, **more))


def status_of(execution: GraphExecution, name: str) -> list[str]:
    """Of the executions of one node, those in sub-graphs too."""
    rows = NodeExecution.objects.filter(node__metadata__customized_name=name)
    inside = rows.filter(execution__in=[execution, *execution.descendants.all()])
    return list(inside.order_by("execution__depth", "number").values_list("status", flat=True))
