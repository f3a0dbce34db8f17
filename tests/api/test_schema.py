"""The schema: it is up to date, says who may do what, and is shown without any other site."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.contrib.staticfiles import finders
from django.core.management import call_command
from django.test import Client

from api.schema_pages import DOCUMENT
from api.views import PublicView
from config.api_urls import VIEWS

METHODS = ("get", "post", "put", "patch", "delete")


@pytest.fixture(scope="module")
def schema() -> Any:
    return yaml.load(DOCUMENT.read_text(), Loader=yaml.CSafeLoader)


def operations(schema: Any) -> dict[tuple[str, str], Any]:
    """By method and address."""
    return {
        (method, address): operation
        for address, methods in schema["paths"].items()
        for method, operation in methods.items()
        if method in METHODS
    }


def as_route(address: str) -> str:
    return re.sub(r"\{(\w+)\}", r"<\1>", address.removeprefix("/"))


def test_the_committed_schema_is_the_one_of_the_views(tmp_path: Path) -> None:
    """Make it anew with `manage.py spectacular --file docs/openapi.yaml`."""
    made = tmp_path / "openapi.yaml"
    call_command("spectacular", "--fail-on-warn", "--validate", "--file", str(made))
    assert made.read_text() == DOCUMENT.read_text()


def test_every_view_is_in_it_with_every_method(schema: Any) -> None:
    routes = {re.sub(r"<\w+:(\w+)>", r"<\1>", route): view for route, view in VIEWS.items()}
    there = {(method, route) for route, view in routes.items() for method in METHODS if hasattr(view, method)}
    assert {(method, as_route(address)) for method, address in operations(schema)} == there


def test_each_operation_names_its_scopes_and_its_refusals(schema: Any) -> None:
    routes = {re.sub(r"<\w+:(\w+)>", r"<\1>", route): view for route, view in VIEWS.items()}
    for (method, address), operation in operations(schema).items():
        view = routes[as_route(address)]
        if issubclass(view, PublicView):
            assert "security" not in operation
            continue
        needed = [str(scope) for scope in view.scopes[method.upper()]]
        assert operation["security"] == [{"bearer": needed}, {"key": needed}, {"page": []}]
        assert {"400", "401", "403", "414", "429"} <= set(operation["responses"])
        assert ("404" in operation["responses"]) or "{" not in address


def test_every_post_of_a_user_takes_an_idempotency_key(schema: Any) -> None:
    """But for what is worth something once or for a moment only."""
    key = {"$ref": "#/components/parameters/IdempotencyKey"}
    without = {"/ws-tickets", "/webhooks/{webhook_id}/ping", "/integrations/webhooks/{webhook_id}/ping"}
    for (method, address), operation in operations(schema).items():
        takes_it = method == "post" and "security" in operation and address not in without
        assert (key in operation.get("parameters", [])) == takes_it, (method, address)
        assert not takes_it or {"409", "422"} <= set(operation["responses"])


def test_operations_have_names_of_their_own(schema: Any) -> None:
    names = [operation["operationId"] for operation in operations(schema).values()]
    assert len(names) == len(set(names)) > 100
    assert "post_graphs_graph_id_executions_execution_id_stop" in names


def test_all_answers_are_described(schema: Any) -> None:
    for place, operation in operations(schema).items():
        for status, answer in operation["responses"].items():
            if "$ref" not in answer:
                assert "Request-Id" in answer["headers"], place
                assert ("content" in answer) == (status not in ("204", "304")), place


@pytest.mark.parametrize("address", ["/api/v1/schema", "/api/v1/schema/"])
def test_anybody_can_read_it(client: Client, address: str, schema: Any) -> None:
    answer = client.get(address)
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/yaml")
    assert answer.content.decode() == DOCUMENT.read_text()
    assert schema["openapi"].startswith("3.1")
    assert client.post(address).status_code == 405


def test_it_can_be_had_as_json(client: Client, schema: Any) -> None:
    answer = client.get("/api/v1/schema.json")
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/json")
    assert json.loads(answer.content) == schema


@pytest.mark.parametrize("address", ["/api/v1/docs", "/api/v1/docs/"])
def test_the_page_that_shows_it_needs_no_other_site(client: Client, address: str) -> None:
    answer = client.get(address)
    used = re.findall(r'(?:src|href|data-schema)="([^"]+)"', answer.content.decode())
    files = [name.removeprefix("/static/") for name in used if name.startswith("/static/")]
    assert answer.status_code == 200
    assert len(files) == 4
    assert [name for name in files if finders.find(name) is None] == []
    assert set(used) - {f"/static/{name}" for name in files} == {"/api/v1/schema/"}
    assert "default-src 'none'" in answer["Content-Security-Policy"]
