"""manage.py import_graph and export_graph."""

import json
from io import StringIO
from pathlib import Path
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command

from accounts.models import User
from graphs.importing import import_graph
from graphs.models import Graph
from graphs.saving import save_version
from graphs.storage import document_of
from tests.factories import make_user
from tests.graphs.files import adder, as_bytes, graph

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada() -> User:
    return make_user(credits=0)


def called(*arguments: str) -> str:
    out = StringIO()
    call_command(*arguments, stdout=out, stderr=StringIO())
    return out.getvalue()


def test_import_prints_what_was_stored_and_done(ada: User, tmp_path: Path) -> None:
    file = tmp_path / "graph.json"
    file.write_bytes(as_bytes(graph({"x": ("StoreValue", {"input": 1, "password": "sk-1"})}, name="Mine")))
    text = called("import_graph", str(file), "--user", "Ada@example.org")
    stored = Graph.objects.get(owner=ada)
    assert f"Mine: version 1, 1 nodes, 0 links, id {stored.id}" in text
    assert "dropped: Mine, StoreValue, password: a secret" in text
    assert "sk-1" not in text


def test_import_of_a_faulty_file_says_what_is_wrong(ada: User, tmp_path: Path) -> None:
    file = tmp_path / "graph.json"
    file.write_bytes(b"{")
    with pytest.raises(CommandError, match="not JSON"):
        called("import_graph", str(file), "--user", ada.email)
    with pytest.raises(CommandError, match="cannot be read: No such file"):
        called("import_graph", str(tmp_path / "none.json"), "--user", ada.email)
    with pytest.raises(CommandError, match="no user nobody"):
        called("import_graph", str(file), "--user", "nobody@example.org")


def test_import_of_a_file_that_is_too_large_reads_no_more_than_needed(ada: User, tmp_path: Path) -> None:
    file = tmp_path / "graph.json"
    with file.open("wb") as opened:
        opened.truncate(10 * 1024**3)
    with pytest.raises(CommandError, match="at most 1,048,576 are allowed"):
        called("import_graph", str(file), "--user", ada.email)


def test_export_writes_to_the_terminal_or_to_a_file(ada: User, tmp_path: Path) -> None:
    graph_row = import_graph(ada, adder()).graph
    text = called("export_graph", str(graph_row.id))
    assert json.loads(text)["id"] == str(graph_row.id)
    called("export_graph", str(graph_row.id), "-o", str(tmp_path / "out.json"))
    assert (tmp_path / "out.json").read_text(encoding="utf-8") == text


def test_export_gives_the_version_that_is_asked_for(ada: User) -> None:
    imported = import_graph(ada, adder(version=4))
    save_version(imported.graph, document_of(imported.version))
    assert json.loads(called("export_graph", str(imported.graph.id)))["version"] == 5
    assert json.loads(called("export_graph", str(imported.graph.id), "--version", "4"))["version"] == 4


def test_export_of_what_is_not_there_says_so(ada: User) -> None:
    with pytest.raises(CommandError, match="no graph"):
        called("export_graph", str(uuid4()))
    with pytest.raises(CommandError, match="no version 9"):
        called("export_graph", str(import_graph(ada, adder()).graph.id), "--version", "9")
