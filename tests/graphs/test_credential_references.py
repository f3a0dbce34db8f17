"""Credentials of a graph that comes and goes: references of the owner's own stay, all else is left behind."""

from typing import Any

import pytest

from accounts.credentials.contents import Contents
from accounts.credentials.models import StoredCredential
from accounts.credentials.storing import make_credential
from accounts.credentials.types import CredentialType
from accounts.models import User
from blocks.registry import registry
from graphs.credential_inputs import credentials_input_schema
from graphs.document import GraphDocument
from graphs.exporting import as_text, export_graph
from graphs.importing import Imported, import_graph
from graphs.models import Node
from graphs.serializers import graph_body
from reliability.secrets import Secret
from tests.executor import credential_blocks
from tests.executor.building import build
from tests.factories import make_user

pytestmark = pytest.mark.django_db

credential_blocks.register_here()


@pytest.fixture
def ada() -> User:
    return make_user()


def key_of(user: User) -> StoredCredential:
    contents = Contents(secret=Secret("sk-canary"))
    return make_credential(user, provider="vault", type=CredentialType.API_KEY, contents=contents, title="Ada's")


def reference(credential: StoredCredential) -> dict[str, str]:
    return {"id": str(credential.id), "provider": "vault", "type": "api_key", "title": "Ada's"}


def file_with(value: Any, block: str = "Tattler") -> dict[str, Any]:
    node = {"id": "n", "block_id": block_id(block), "input_default": {"way": "emit", "credentials": value}}
    return {"id": "g", "version": 1, "name": "G", "description": "", "nodes": [node], "links": []}


def block_id(name: str) -> str:
    return next(block.id for block in registry if block.name == name)


def constants(imported: Imported) -> dict[str, Any]:
    found: dict[str, Any] = Node.objects.get(version=imported.version).input_default
    return found


def test_a_reference_to_ones_own_credential_comes_in_whole(ada: User) -> None:
    given = reference(key_of(ada))
    assert constants(import_graph(ada, file_with(given))) == {"way": "emit", "credentials": given}


def test_of_somebody_elses_the_kind_stays_and_the_report_says_what_is_missing(ada: User) -> None:
    given = reference(key_of(make_user("grace@example.org")))
    imported = import_graph(ada, file_with(given))
    assert constants(imported)["credentials"] == {"provider": "vault", "type": "api_key"}
    (note,) = imported.report.dropped
    assert note.place == "credentials"
    assert "vault" in note.detail
    assert given["id"] not in str(imported.report.as_dict())


def test_where_a_node_can_do_without_nothing_stays(ada: User) -> None:
    given = reference(key_of(make_user("grace@example.org")))
    assert "credentials" not in constants(import_graph(ada, file_with(given, block="Modest")))


@pytest.mark.parametrize("value", ["sk-canary", {"api_key": "sk-canary"}, ["sk-canary"], 7])
def test_what_is_no_reference_does_not_come_in(ada: User, value: Any) -> None:
    assert "credentials" not in constants(import_graph(ada, file_with(value)))


def test_a_secret_beside_a_reference_does_not_come_in(ada: User) -> None:
    given = reference(key_of(ada))
    assert constants(import_graph(ada, file_with(given | {"api_key": "sk-canary"})))["credentials"] == given


def test_a_file_holds_no_reference_and_the_owner_sees_it(ada: User) -> None:
    given = reference(key_of(ada))
    imported = import_graph(ada, file_with(given))
    text = as_text(export_graph(imported.version))
    assert given["id"] not in text
    assert "Ada's" not in text
    assert graph_body(imported.version)["nodes"][0]["input_default"]["credentials"] == given


def test_a_schema_names_each_kind_once() -> None:
    document: GraphDocument = build({"a": ("GoogleTattler", {}), "b": ("GoogleTattler", {}), "m": ("Modest", {})})
    schema = credentials_input_schema([document], registry)
    assert set(schema["properties"]) == {"google_oauth2_credentials", "vault_api_key_credentials"}
    assert schema["required"] == ["google_oauth2_credentials"]
    assert schema["properties"]["google_oauth2_credentials"]["credentials_types"] == ["oauth2"]
