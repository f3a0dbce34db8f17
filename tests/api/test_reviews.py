"""Reviews over the API: what is shown, what is decided, and everything that is refused."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.models import User
from executor.launching.launch import launch
from executor.models import GraphExecution
from executor.reviews.limits import EDITED_BYTES, EDITED_DEPTH, MESSAGE_CHARACTERS
from executor.reviews.models import Review
from graphs.models import GraphVersion
from tests.executor.building import build
from tests.executor.reviews.cast import ask, asking, client_of, decision, parked, post, reviews
from tests.executor.reviews.test_parking import nested
from tests.executor.running import run, store
from tests.factories import make_user

pytestmark = pytest.mark.django_db(transaction=True)

PENDING = "/api/v1/review/pending"


@pytest.fixture
def ada() -> User:
    return make_user()


@pytest.fixture
def execution(ada: User) -> GraphExecution:
    return parked(ada, asking({"to": "grace"}))


@pytest.fixture
def review(execution: GraphExecution) -> Review:
    return reviews(execution)[0]


def of_execution(execution: GraphExecution) -> str:
    return f"/api/v1/review/execution/{execution.id}"


def test_a_waiting_review_is_shown_with_all_that_a_reviewer_needs(ada: User, review: Review) -> None:
    (body,) = client_of(ada).get(PENDING).json()
    execution = review.execution
    assert len(body.pop("payload_hash")) == 64
    assert body.pop("created_at")
    assert body == {
        "node_exec_id": str(review.node_execution_id),
        "node_id": str(review.node_execution.node_id),
        "user_id": str(ada.pk),
        "graph_exec_id": str(execution.id),
        "root_graph_exec_id": str(execution.id),
        "graph_id": str(execution.graph_id),
        "graph_version": 1,
        "payload": {"to": "grace"},
        "has_payload": True,
        "instructions": "Data",
        "editable": True,
        "is_sensitive": False,
        "status": "WAITING",
        "review_message": None,
        "was_edited": False,
        "reviewed_data": None,
        "is_expired": False,
        "processed": False,
        "updated_at": None,
        "reviewed_at": None,
        "expires_at": None,
        "default_decision": None,
    }


def test_the_list_has_pages_oldest_first(ada: User) -> None:
    execution = parked(ada, build({"many": ("Count", {"count": 3}), "ask": ask()}, ["many.number -> ask.data"]))
    api = client_of(ada)
    pages = [api.get(f"{PENDING}?page_size=2&page={page}").json() for page in (1, 2, 3)]
    assert [[body["payload"] for body in page] for page in pages] == [[0, 1], [2], []]
    assert [body["payload"] for body in api.get(of_execution(execution)).json()] == [0, 1, 2]
    assert api.get(f"{PENDING}?page_size=101").status_code == 400


def test_reviews_of_sub_graphs_are_shown_with_their_root_and_by_themselves(ada: User) -> None:
    root = parked(ada, nested(ada))
    child = root.descendants.order_by("created_at").first()
    assert child is not None
    api = client_of(ada)
    assert {body["root_graph_exec_id"] for body in api.get(of_execution(root)).json()} == {str(root.id)}
    assert [body["graph_exec_id"] for body in api.get(of_execution(child)).json()] == [str(child.id)]


def test_decisions_are_counted(ada: User) -> None:
    execution = parked(ada, build({"one": ask(data=1), "two": ask(data=2), "three": ask(data=3)}))
    one, two, three = reviews(execution)
    answer = post(ada, decision(one), decision(two, False, message=None), decision(three))
    counts = {"approved_count": 2, "rejected_count": 1, "failed_count": 0, "error": None}
    assert (answer.status_code, answer.json()) == (200, counts)
    assert client_of(ada).get(PENDING).json() == []


def test_a_stranger_sees_nothing_and_decides_nothing(execution: GraphExecution, review: Review) -> None:
    grace = make_user("grace@example.org")
    api = client_of(grace)
    assert api.get(PENDING).json() == []
    assert api.get(of_execution(execution)).status_code == 404
    answer = post(grace, decision(review))
    assert (answer.status_code, answer.json()["code"]) == (404, "review_not_found")
    assert reviews(execution)[0].status == "WAITING"


def test_one_review_of_a_stranger_spoils_the_whole_request(ada: User, review: Review) -> None:
    grace = make_user("grace@example.org")
    theirs = reviews(parked(grace, asking()))[0]
    assert post(ada, decision(review), decision(theirs)).status_code == 404
    assert {row.status for row in Review.objects.all()} == {"WAITING"}


def test_without_a_key_nobody_gets_in(execution: GraphExecution) -> None:
    anonymous = APIClient()
    assert anonymous.get(PENDING).status_code == 401
    assert anonymous.get(of_execution(execution)).status_code == 401
    assert anonymous.post("/api/v1/review/action", {"reviews": []}, format="json").status_code == 401


def test_an_unknown_execution_or_review_is_not_found(ada: User, execution: GraphExecution) -> None:
    unknown = "00000000-0000-4000-8000-000000000000"
    assert client_of(ada).get(f"/api/v1/review/execution/{unknown}").status_code == 404
    assert post(ada, {"node_exec_id": unknown, "approved": True}).status_code == 404


def test_deciding_twice_is_refused_while_the_execution_waits_for_another(ada: User) -> None:
    execution = parked(ada, build({"one": ask(data=1), "two": ask(data=2)}))
    one, two = reviews(execution)
    assert post(ada, decision(one)).status_code == 200
    answer = post(ada, decision(two), decision(one, False))
    assert (answer.status_code, answer.json()["code"]) == (409, "already_decided")
    assert answer.json()["node_exec_id"] == str(one.node_execution_id)
    assert [row.status for row in reviews(execution)] == ["APPROVED", "WAITING"]


def test_deciding_twice_is_refused_once_the_execution_goes_on(
    ada: User, execution: GraphExecution, review: Review
) -> None:
    assert post(ada, decision(review)).status_code == 200
    while_queued = post(ada, decision(review, False))
    assert (while_queued.status_code, while_queued.json()["code"]) == (409, "not_in_review")
    assert run(execution).status == "COMPLETED"
    assert post(ada, decision(review, False)).status_code == 409
    assert reviews(execution)[0].status == "APPROVED"


def test_a_decision_about_another_payload_is_refused(ada: User, execution: GraphExecution, review: Review) -> None:
    answer = post(ada, decision(review, payload_hash="0" * 64))
    assert (answer.status_code, answer.json()["code"]) == (409, "review_changed")
    assert post(ada, decision(review, payload_hash=review.payload_hash)).status_code == 200


def test_reviews_of_two_executions_are_not_decided_together(ada: User, review: Review) -> None:
    other = reviews(parked(ada, asking()))[0]
    answer = post(ada, decision(review), decision(other))
    assert (answer.status_code, answer.json()["code"]) == (400, "decision_invalid")


def test_one_review_is_not_decided_twice_in_one_request(ada: User, review: Review) -> None:
    assert post(ada, decision(review), decision(review, False)).status_code == 400


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"reviews": []},
        {"reviews": "all"},
        {"reviews": [{}]},
        {"reviews": [{"node_exec_id": "x", "approved": True}]},
        {"reviews": [{"node_exec_id": "00000000-0000-4000-8000-000000000000"}]},
    ],
)
def test_a_request_without_the_right_shape_is_refused(ada: User, body: Any) -> None:
    answer = client_of(ada).post("/api/v1/review/action", body, format="json")
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_input")


def test_a_message_may_have_so_many_characters_and_no_more(ada: User, review: Review) -> None:
    assert post(ada, decision(review, message="x" * (MESSAGE_CHARACTERS + 1))).status_code == 400
    assert post(ada, decision(review, message="x" * MESSAGE_CHARACTERS)).status_code == 200


def nest(depth: int) -> Any:
    value: Any = 1
    for _ in range(depth):
        value = [value]
    return value


def test_a_payload_that_comes_back_unchanged_may_be_any_deep(ada: User) -> None:
    deep: dict[str, Any] = {"to": "grace"}
    for _ in range(EDITED_DEPTH + 2):
        deep = {"a": deep}
    (review,) = reviews(parked(ada, asking(deep, editable=False)))
    answer = post(ada, decision(review, reviewed_data=review.payload))
    assert (answer.status_code, reviews(review.execution)[0].was_edited) == (200, False)


def test_edited_data_may_be_so_deep_and_no_deeper(ada: User, review: Review) -> None:
    answer = post(ada, decision(review, reviewed_data=nest(EDITED_DEPTH + 1)))
    assert (answer.status_code, list(answer.json()["fields"])) == (400, [str(review.node_execution_id)])
    assert "10 deep" in answer.json()["detail"]
    assert post(ada, decision(review, reviewed_data=nest(EDITED_DEPTH))).status_code == 200


def test_edited_data_may_be_so_large_and_no_larger(ada: User, review: Review) -> None:
    answer = post(ada, decision(review, reviewed_data="x" * (EDITED_BYTES - 1)))
    assert answer.status_code == 400
    assert f"the limit is {EDITED_BYTES}" in answer.json()["detail"]
    assert post(ada, decision(review, reviewed_data="x" * (EDITED_BYTES - 2))).status_code == 200


def test_what_cannot_be_edited_can_be_sent_back_as_it_was(ada: User) -> None:
    review = reviews(parked(ada, asking({"a": 1.0, "b": 2}, editable=False)))[0]
    answer = post(ada, decision(review, reviewed_data={"a": 2, "b": 2}))
    assert (answer.status_code, answer.json()["detail"]) == (400, "This review cannot be edited.")
    assert post(ada, decision(review, reviewed_data={"b": 2, "a": 1})).status_code == 200
    assert not reviews(review.execution)[0].was_edited


def test_characters_that_no_database_takes_are_left_out(ada: User, execution: GraphExecution, review: Review) -> None:
    assert post(ada, decision(review, message="a\x00b")).status_code == 400
    assert post(ada, decision(review, reviewed_data="a\x00b")).status_code == 200
    assert reviews(execution)[0].edited_data == "ab"


# --- the settings of a graph


def ran_now(user: User, version: GraphVersion) -> GraphExecution:
    """Started as the graph is set now."""
    return run(launch(user, GraphVersion.objects.get(id=version.id), inputs={}))


def test_a_graph_is_told_whether_to_ask(ada: User) -> None:
    version = store(ada, asking(7))
    api, path = client_of(ada), f"/api/v1/graphs/{version.graph_id}/settings"
    both = {"human_in_the_loop_safe_mode": True, "sensitive_action_safe_mode": False}
    both |= {"max_cost": None, "max_seconds": None, "max_running": None}
    assert api.get(path).json() == both
    answer = api.patch(path, {"human_in_the_loop_safe_mode": False}, format="json")
    assert (answer.status_code, answer.json()) == (200, both | {"human_in_the_loop_safe_mode": False})
    assert ran_now(ada, version).status == "COMPLETED"
    assert api.patch(path, both, format="json").json() == both
    assert ran_now(ada, version).status == "REVIEW"


def test_sensitive_blocks_ask_in_a_graph_that_is_told_so(ada: User) -> None:
    version = store(ada, build({"send": ("Send", {"text": "Hi"})}))
    path = f"/api/v1/graphs/{version.graph_id}"
    assert client_of(ada).get(path).json()["has_sensitive_action"] is True
    client_of(ada).patch(f"{path}/settings", {"sensitive_action_safe_mode": True}, format="json")
    assert ran_now(ada, version).status == "REVIEW"


def test_settings_of_a_stranger_are_neither_seen_nor_changed(ada: User) -> None:
    path = f"/api/v1/graphs/{store(ada, asking()).graph_id}/settings"
    api = client_of(make_user("grace@example.org"))
    assert api.get(path).status_code == 404
    assert api.patch(path, {"human_in_the_loop_safe_mode": False}, format="json").status_code == 404
    assert client_of(ada).patch(path, {"human_in_the_loop_safe_mode": "perhaps"}, format="json").status_code == 400
