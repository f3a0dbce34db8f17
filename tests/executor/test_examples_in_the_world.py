"""Our own agents under examples/ run in the fake world as they do outside of it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from accounts.models import User
from executor.launching.launch import launch
from executor.statuses import Status
from graphs.importing import import_graph
from tests.executor.books import assert_books
from tests.executor.expected import EXPECTED
from tests.executor.running import outputs, run
from tests.factories import make_user
from tests.world.everything import Everything, everything

pytestmark = pytest.mark.django_db(transaction=True)

EXAMPLES = Path(__file__).parents[2] / "examples"
#: Those that ask models, and what one of their outputs then tells of the model that was asked.
ASKING = {"newsroom.json": ("front page", "gpt-4o-mini on this")}


@pytest.fixture
def ada() -> User:
    return make_user()


@pytest.fixture
def world() -> Iterator[Everything]:
    with everything() as made:
        yield made


def test_every_example_is_known() -> None:
    assert sorted(path.name for path in EXAMPLES.glob("*.json")) == sorted(EXPECTED)


@pytest.mark.parametrize("example", sorted(EXPECTED))
def test_an_example_runs_in_the_world(ada: User, world: Everything, example: str) -> None:
    version = import_graph(ada, (EXAMPLES / example).read_bytes()).version
    inputs: dict[str, Any] = EXPECTED[example]["inputs"]

    execution = run(launch(ada, version, inputs=inputs, ring=False))

    assert execution.status == Status.COMPLETED
    if example in ASKING:
        output, words = ASKING[example]
        assert words in outputs(execution)[output][0]
        assert world.world.counted.keys() == {"api.openai.com"}
    else:
        assert outputs(execution) == EXPECTED[example]["outputs"]
        assert world.world.calls == []
    assert_books(execution)
