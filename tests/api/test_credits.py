"""Credits over the API."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from credits.codes import create_code
from credits.holds import hold
from credits.models import Account
from graphs.models import Graph
from tests.api.cast import Scene
from tests.credits.spending_cast import execution, spend

CREDITS = "/api/v1/credits"


def account_of(scene: Scene) -> Account:
    return Account.objects.get(user=scene.ada)


def body(scene: Scene, path: str = "", **query: Any) -> Any:
    answer = scene.api.get(f"{CREDITS}{path}", query)
    assert answer.status_code == 200, answer.json()
    return answer.json()


def refused(scene: Scene, path: str, **query: Any) -> Any:
    """The fields that are wrong."""
    answer = scene.api.get(f"{CREDITS}{path}", query)
    assert answer.status_code == 400
    return answer.json()["fields"]


def set_aside(scene: Scene, amount: int = 5) -> Any:
    until = datetime.now(UTC) + timedelta(hours=1)
    return hold(account_of(scene), amount=amount, key="node-execution:1:hold", expires_at=until)


def test_balance_and_what_is_beside_it(scene: Scene) -> None:
    set_aside(scene, 5)
    spend(account_of(scene), 10, on=execution())
    assert body(scene) == {
        "credits": 90,
        "available": 85,
        "held": 5,
        "overdraft": 0,
        "debt": 0,
        "low_balance_threshold": 500,
        "daily_limit": None,
        "spent_today": 15,
        "frozen": False,
    }


def test_monthly_refill_is_given_when_the_balance_is_read(scene: Scene, settings: Any) -> None:
    settings.MONTHLY_REFILL_CREDITS = 500
    assert [body(scene)["credits"], body(scene)["credits"]] == [500, 500]


def test_history_has_the_fields_of_the_autogpt_platform(scene: Scene) -> None:
    run = execution()
    started = spend(account_of(scene), 3, on=run)
    spend(account_of(scene), 4, on=run)
    answer = body(scene, "/transactions")
    item, start = answer["transactions"]
    assert item["transaction_key"] == item["usage_execution_id"] == str(run)
    assert (item["transaction_type"], item["amount"], item["usage_node_count"]) == ("USAGE", -7, 2)
    assert (item["running_balance"], item["current_balance"]) == (93, 93)
    assert datetime.fromisoformat(item["usage_start_time"]) == started.created_at
    assert item["usage_graph_id"] == started.graph
    assert (start["transaction_key"], start["amount"], start["running_balance"]) == ("start", 100, 100)
    assert (start["usage_execution_id"], start["usage_node_count"], start["current_balance"]) == (None, 0, 93)
    assert (answer["next_transaction_time"], answer["next_cursor"]) == (None, None)


def test_cursor_goes_on_where_the_page_ended_as_the_ledger_was(scene: Scene) -> None:
    runs = [execution() for _ in range(3)]
    for run in runs:
        spend(account_of(scene), 1, on=run)
    answer = body(scene, "/transactions", transaction_count_limit=2)
    total, lengths = sum(item["amount"] for item in answer["transactions"]), [2]
    spend(account_of(scene), 5, on=runs[0])
    while cursor := answer["next_cursor"]:
        answer = body(scene, "/transactions", transaction_count_limit=1, cursor=cursor)
        total += sum(item["amount"] for item in answer["transactions"])
        lengths.append(len(answer["transactions"]))
        assert {item["current_balance"] for item in answer["transactions"]} == {97}
    assert (lengths, total) == ([2, 1, 1], 97)


def test_time_of_the_last_item_goes_on_too(scene: Scene) -> None:
    for _ in range(2):
        spend(account_of(scene), 1, on=execution())
    first = body(scene, "/transactions", transaction_count_limit=2)
    then = first["next_transaction_time"]
    rest = body(scene, "/transactions", transaction_count_limit=2, transaction_time=then)
    assert [item["amount"] for item in rest["transactions"]] == [100]
    assert rest["next_transaction_time"] is None


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ({"transaction_count_limit": 0}, "greater than or equal to 1"),
        ({"transaction_count_limit": 1001}, "less than or equal to 1000"),
        ({"transaction_count_limit": "many"}, "valid integer"),
        ({"transaction_type": "GIFT"}, "GIFT"),
        ({"transaction_time": "yesterday"}, "wrong format"),
        ({"cursor": "made-up"}, "does not belong"),
    ],
)
def test_bad_parameters_of_the_history_are_named(scene: Scene, query: dict[str, Any], message: str) -> None:
    fields = refused(scene, "/transactions", **query)
    assert list(fields) == list(query)
    assert message in str(fields)


def test_cursor_is_for_its_own_list_alone(scene: Scene) -> None:
    for _ in range(2):
        spend(account_of(scene), 1, on=execution())
    cursor = body(scene, "/transactions", transaction_count_limit=1)["next_cursor"]
    assert list(refused(scene, "/transactions", cursor=cursor, transaction_type="USAGE")) == ["cursor"]
    assert list(refused(scene, "/transactions", cursor=cursor[:-1] + "_")) == ["cursor"]
    assert scene.stranger.get(f"{CREDITS}/transactions", {"cursor": cursor}).status_code == 400


def test_number_of_queries_does_not_grow_with_the_history(scene: Scene) -> None:
    spend(account_of(scene), 1, on=execution())
    body(scene, "/transactions")  # the key's use is noted once a minute
    with CaptureQueriesContext(connection) as few:
        body(scene, "/transactions")
    for _ in range(20):
        spend(account_of(scene), 1, on=execution())
    with CaptureQueriesContext(connection) as many:
        body(scene, "/transactions")
    assert len(few) == len(many) <= 12


def test_open_holds_are_listed_unless_another_status_is_asked_for(scene: Scene) -> None:
    made = set_aside(scene)
    (shown,) = body(scene, "/holds")["holds"]
    assert (shown["id"], shown["amount"], shown["status"], shown["cost"]) == (str(made.pk), 5, "OPEN", None)
    assert body(scene, "/holds", status="SETTLED")["holds"] == []
    assert list(refused(scene, "/holds", status="LOST")) == ["status"]
    assert scene.stranger.get(f"{CREDITS}/holds").json()["holds"] == []


def test_usage_by_graph_calls_graphs_by_their_names(scene: Scene) -> None:
    graph = Graph.objects.get()
    spend(account_of(scene), 3, on=execution(), graph=graph.pk)
    answer = body(scene, "/usage", group_by="graph")
    assert answer["usage"] == [{"graph": str(graph.pk), "name": "Echo", "credits": 3, "count": 1}]
    assert answer["credits"] == 3


def test_usage_by_day(scene: Scene) -> None:
    spend(account_of(scene), 3, on=execution())
    (line,) = body(scene, "/usage", group_by="day")["usage"]
    assert line == {"day": f"{datetime.now(UTC):%Y-%m-%d}", "name": line["day"], "credits": 3, "count": 1}


@pytest.mark.parametrize(
    ("query", "field", "message"),
    [
        ({}, "group_by", "required"),
        ({"group_by": "user"}, "group_by", "user"),
        ({"group_by": "day", "since": "2026-01-02", "until": "2026-01-02"}, "since", "before"),
        ({"group_by": "day", "since": "2024-01-01", "until": "2026-01-02"}, "since", "366 days"),
        ({"group_by": "day", "until": "1900-01-01"}, "since", "before"),
        ({"group_by": "day", "since": "0001-01-01", "until": "9999-12-31"}, "since", "366 days"),
    ],
)
def test_bad_parameters_of_usage_are_named(scene: Scene, query: dict[str, str], field: str, message: str) -> None:
    fields = refused(scene, "/usage", **query)
    assert list(fields) == [field]
    assert message in str(fields)


def test_estimate_of_a_graph(scene: Scene) -> None:
    graph_id = str(scene.version.graph_id)
    shown = body(scene, "/estimate", graph_id=graph_id)
    assert shown == {"low": 0, "high": 0, "history_mean": None, "history_count": 0, "problems": []}
    wish = {"graph_id": graph_id, "version": 1, "inputs": {"question": "Why?"}}
    assert scene.api.post(f"{CREDITS}/estimate", wish, format="json").json() == shown


def test_estimate_of_what_is_not_there(scene: Scene) -> None:
    query = {"graph_id": str(scene.version.graph_id)}
    assert scene.api.get(f"{CREDITS}/estimate", {**query, "version": 2}).status_code == 404
    assert scene.stranger.get(f"{CREDITS}/estimate", query).status_code == 404
    assert list(refused(scene, "/estimate", graph_id="mine")) == ["graph_id"]


def test_code_is_redeemed_once(scene: Scene) -> None:
    _, text = create_code(amount=50, reason="Welcome")
    for _ in range(2):
        answer = scene.api.post(f"{CREDITS}/redeem", {"code": text}, format="json")
        assert (answer.status_code, answer.json()["credits"], answer.json()["amount"]) == (200, 150, 50)


def test_unknown_code_is_refused(scene: Scene) -> None:
    answer = scene.api.post(f"{CREDITS}/redeem", {"code": "AAAA-BBBB"}, format="json")
    assert (answer.status_code, answer.json()["code"]) == (400, "code_invalid")
    assert list(scene.api.post(f"{CREDITS}/redeem", {}, format="json").json()["fields"]) == ["code"]


@pytest.mark.parametrize("path", ["", "/transactions", "/holds", "/usage", "/estimate"])
def test_nobody_sees_credits_without_saying_who_they_are(scene: Scene, path: str) -> None:
    scene.api.credentials()
    assert scene.api.get(f"{CREDITS}{path}").status_code == 401
