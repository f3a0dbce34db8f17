"""Secrets leave neither with an export nor come in with a file."""

from typing import Any

import pytest

from blocks.registry import registry
from graphs.document import GraphDocument, NodeDocument
from graphs.secrets import is_secret, without_secrets
from tests.graphs.files import block_id


def cleaned(constants: dict[str, Any], *, block: str = "StoreValue") -> tuple[dict[str, Any], list[str]]:
    """What remains of a node's constants, and the places where something was taken."""
    node = NodeDocument(id="node", block_id=block_id(block), input_default=constants)
    document, notes = without_secrets(GraphDocument(id="g", version=1, name="g", nodes=(node,)), registry)
    assert all("sk-" not in str(note) for note in notes)
    return document.nodes[0].input_default, [note.place for note in notes]


@pytest.mark.parametrize(
    "name",
    [
        *("credentials", "smtp_credentials", "api_key", "API Key", "openAiApiKey", "apikey", "password", "Token"),
        *("discord_bot_token", "client_secret", "creds", "smtp_username", "client_id", "headers_#_Authorization"),
        "values_#_api_key",
    ],
)
def test_named_secrets_are_taken_out(name: str) -> None:
    assert cleaned({name: "sk-1", "kept": 1}) == ({"kept": 1}, [name])


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("max_tokens", 200),
        ("secret", False),
        ("secret", True),
        ("use_credentials", True),
        ("author", "Ada"),
        ("key", "x"),
    ],
)
def test_flags_numbers_of_tokens_and_other_names_are_no_secrets(name: str, value: Any) -> None:
    assert not is_secret(name, value)
    assert cleaned({name: value}) == ({name: value}, [])


def test_a_text_called_max_tokens_is_a_secret() -> None:
    assert cleaned({"max_tokens": "sk-1"}) == ({}, ["max_tokens"])


def test_secrets_are_found_inside_objects_and_lists() -> None:
    given = {"headers": {"Authorization": "Bearer sk-1", "Accept": "*"}, "list": [{"password": "sk-1"}, 2]}
    expected = {"headers": {"Accept": "*"}, "list": [{}, 2]}
    assert cleaned(given) == (expected, ["headers.Authorization", "list.0.password"])


def test_a_user_name_goes_with_its_password() -> None:
    assert cleaned({"username": "ada", "password": "sk-1"})[0] == {}
    assert cleaned({"username": "ada"})[0] == {"username": "ada"}


def test_a_secret_input_loses_its_value() -> None:
    given = {"name": "code", "secret": True, "value": "sk-1"}
    assert cleaned(given, block="AgentInput") == ({"name": "code", "secret": True}, ["value"])


def test_a_word_called_secret_takes_nothing_with_it() -> None:
    assert cleaned({"values": {"secret": "sk-1", "value": 1}}) == ({"values": {"value": 1}}, ["values.secret"])


def test_an_empty_secret_is_taken_out_without_a_word() -> None:
    assert cleaned({"api_key": ""}) == ({}, [])


def test_picked_credentials_stay_as_an_empty_key() -> None:
    given = {"file": {"_credentials_id": "sk-1", "id": 1}}
    assert cleaned(given) == ({"file": {"_credentials_id": None, "id": 1}}, ["file._credentials_id"])


def test_pins_of_a_sub_graph_keep_their_names_but_not_their_secrets() -> None:
    properties = {
        "API token": {"type": "string", "default": "sk-1"},
        "code": {"secret": True, "default": "sk-1"},
        "a": {"default": 1},
    }
    given = {"input_schema": {"properties": properties}, "inputs": {"code": "sk-1", "a": 1}}
    kept, places = cleaned(given, block="AgentExecutor")
    assert kept["input_schema"]["properties"] == {
        "API token": {"type": "string"},
        "code": {"secret": True},
        "a": {"default": 1},
    }
    assert kept["inputs"] == {"a": 1}
    expected_places = ["inputs.code", "input_schema.properties.API token", "input_schema.properties.code"]
    assert sorted(places) == sorted(expected_places)


def test_a_schema_of_another_block_is_no_hiding_place() -> None:
    assert cleaned({"input_schema": {"properties": {"token": {"default": "sk-1"}}}})[0] == {
        "input_schema": {"properties": {}}
    }


def test_secrets_in_metadata_and_in_unknown_keys_of_the_graph_are_taken_out() -> None:
    node = NodeDocument(id="n", block_id=block_id("StoreValue"), metadata={"token": "sk-1", "position": {"x": 1}})
    given = GraphDocument(id="g", version=1, name="g", nodes=(node,), extras={"api_key": "sk-1", "instructions": "Go."})
    document, notes = without_secrets(given, registry)
    assert document.nodes[0].metadata == {"position": {"x": 1}}
    assert document.extras == {"instructions": "Go."}
    assert [note.place for note in notes] == ["metadata.token", "api_key"]
