"""The pages, as a browser gets them."""

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from executor.models import GraphExecution, NodeExecution, NodeOutput


@pytest.fixture
def scene(db: None) -> Any:
    from tests.api.cast import make_scene

    return make_scene()


@pytest.fixture
def browser(scene: Any) -> Client:
    """Ada has signed in."""
    client = Client()
    client.force_login(scene.ada)
    return client


def text_of(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


def run(client: Client, scene: Any, **fields: str) -> Any:
    return client.post(f"/graphs/{scene.version.graph_id}", {f"input:{name}": text for name, text in fields.items()})


def finish(execution: GraphExecution, *, status: str = "COMPLETED", value: Any = 42, error: str = "") -> None:
    """Its rows as they are when it has ended."""
    now = timezone.now()
    node = execution.version.nodes.get(metadata__customized_name="answer")
    times = {"added_at": now, "queued_at": now, "started_at": now, "ended_at": now}
    inputs = {"name": "answer", "value": value}
    ran = NodeExecution.objects.create(
        execution=execution, node=node, number=2, status=status, inputs=inputs, seq=5, error=error, **times
    )
    NodeOutput.objects.create(node_execution=ran, index=0, name="output", data=value, seq=4, created_at=now)
    GraphExecution.objects.filter(id=execution.id).update(
        status=status, seq=6, error=error, cost=1234, started_at=now, ended_at=now
    )


def test_signing_in_with_address_and_password_leads_home(scene: Any) -> None:
    client = Client()
    assert client.get("/").headers["Location"] == "/sign-in?next=/"
    answer = client.post("/sign-in", {"login": "Ada@Example.org", "password": "secret-1"})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/")


def test_wrong_password_is_refused(scene: Any) -> None:
    answer = Client().post("/sign-in", {"login": "ada@example.org", "password": "wrong"})
    assert b'role="alert"' in answer.content


def test_signing_out_ends_the_session(browser: Client) -> None:
    assert browser.post("/sign-out").headers["Location"] == "/sign-in"
    assert browser.get("/").status_code == 302


def test_home_shows_balance_graphs_and_executions(browser: Client, scene: Any) -> None:
    run(browser, scene, question="Why?")
    finish(GraphExecution.objects.get())
    page = text_of(browser, "/")
    assert "100 credits" in page
    assert f"/graphs/{scene.version.graph_id}" in page
    assert "Completed" in page
    assert "1,234" in page


def test_running_a_graph_leads_to_its_execution(browser: Client, scene: Any) -> None:
    answer = run(browser, scene, question='{"deep": [1]}')
    execution = GraphExecution.objects.get()
    assert answer.headers["Location"] == f"/executions/{execution.id}"
    assert (execution.inputs, execution.trigger) == ({"question": {"deep": [1]}}, "CONSOLE")


def test_input_that_is_refused_is_marked_at_its_field(browser: Client, scene: Any) -> None:
    answer = run(browser, scene, question="")
    page = answer.content.decode()
    assert answer.status_code == 400
    assert page.index("question") < page.index("A value is required.")
    assert not GraphExecution.objects.exists()


def test_form_shows_the_default_and_an_empty_field_keeps_it(browser: Client, scene: Any) -> None:
    from tests.api.cast import store_echo

    version = store_echo(scene.ada, value="Who?")
    assert "Who?" in text_of(browser, f"/graphs/{version.graph_id}")
    assert browser.post(f"/graphs/{version.graph_id}", {}).status_code == 302
    assert GraphExecution.objects.get().inputs == {}


def test_without_credits_the_page_says_so(db: None) -> None:
    from tests.api.cast import make_scene

    poor = make_scene(credits=0)
    client = Client()
    client.force_login(poor.ada)
    assert "1 lacking" in run(client, poor, question="1").content.decode()


def test_execution_page_holds_its_state_and_the_seq_where_live_goes_on(browser: Client, scene: Any) -> None:
    run(browser, scene, question="Why?")
    execution = GraphExecution.objects.get()
    page = text_of(browser, f"/executions/{execution.id}")
    assert ('data-seq="0"' in page, "Queued" in page, f"/executions/{execution.id}/stop" in page) == (True, True, True)
    finish(execution)
    page = text_of(browser, f"/executions/{execution.id}")
    assert 'data-seq="6"' in page
    assert "<dt>answer</dt><dd><pre>42</pre></dd>" in page


def test_values_are_text_and_never_markup(browser: Client, scene: Any) -> None:
    run(browser, scene, question="<script>alert(1)</script>")
    execution = GraphExecution.objects.get()
    finish(execution, value="<img src=x onerror=alert(1)>")
    page = text_of(browser, f"/executions/{execution.id}")
    assert "<script>alert" not in page
    assert "<img" not in page
    assert "&lt;img src=x" in page


def test_failure_comes_first(browser: Client, scene: Any) -> None:
    run(browser, scene, question="Why?")
    execution = GraphExecution.objects.get()
    finish(execution, status="FAILED", error="The model did not answer.")
    page = text_of(browser, f"/executions/{execution.id}")
    assert page.index("The model did not answer.") < page.index("Node executions</h2>")


def test_stop_ends_a_waiting_execution(browser: Client, scene: Any) -> None:
    run(browser, scene, question="Why?")
    execution = GraphExecution.objects.get()
    assert browser.get(f"/executions/{execution.id}/stop").status_code == 405
    assert browser.post(f"/executions/{execution.id}/stop").status_code == 302
    execution.refresh_from_db()
    assert execution.status == "TERMINATED"


def test_graph_page_shows_its_last_executions(browser: Client, scene: Any) -> None:
    run(browser, scene, question="Why?")
    finish(GraphExecution.objects.get(), status="FAILED")
    page = text_of(browser, f"/graphs/{scene.version.graph_id}")
    assert 'class="bar failed"' in page
    assert "Failed, " in page


def test_what_belongs_to_another_is_not_found(browser: Client, scene: Any) -> None:
    run(browser, scene, question="Why?")
    execution = GraphExecution.objects.get()
    stranger = Client()
    stranger.force_login(type(scene.ada).objects.get(email="grace@example.org"))
    assert stranger.get(f"/executions/{execution.id}").status_code == 404
    assert stranger.post(f"/executions/{execution.id}/stop").status_code == 404
    assert stranger.get(f"/graphs/{scene.version.graph_id}").status_code == 404
    assert run(stranger, scene, question="Why?").status_code == 404
    assert GraphExecution.objects.get().status == "QUEUED"


def test_pages_name_no_outside_address(browser: Client, scene: Any) -> None:
    for address in ("/", f"/graphs/{scene.version.graph_id}"):
        page = text_of(browser, address)
        assert "http://" not in page
        assert "https://" not in page
