"""The execution page of every example, once it has run: their pins have all kinds of names."""

from pathlib import Path

import pytest
from django.test import Client

from accounts.models import User
from executor.launching.launch import launch
from graphs.importing import import_graph
from tests.executor.running import run
from tests.factories import make_user

EXAMPLES = sorted((Path(__file__).resolve().parent.parent.parent / "examples").glob("*.json"))

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def ada() -> User:
    return make_user()


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_the_page_of_a_finished_execution(ada: User, example: Path) -> None:
    version = import_graph(ada, example.read_bytes()).version
    execution = run(launch(ada, version, inputs={}))
    browser = Client()
    browser.force_login(ada)
    answer = browser.get(f"/executions/{execution.id}")
    assert answer.status_code == 200
    for run_ in execution.node_executions.exclude(status="INCOMPLETE"):
        assert f'data-id="{run_.id}"' in answer.content.decode()
        assert all(f"<dt>{pin}</dt>" in answer.content.decode() for pin in run_.inputs)
