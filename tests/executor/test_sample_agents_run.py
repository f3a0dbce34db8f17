"""Each real agent runs to its outputs in the fake world, from its import over the API to the ledger."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from accounts.models import User
from tests.executor.checking_samples import check
from tests.executor.running_samples import line_of, run_sample
from tests.executor.sample_agents import FOLDER, SAMPLES, Sample
from tests.factories import make_user
from tests.isolation import skip_without_isolation
from tests.world.everything import Everything, everything

TABLE = Path(__file__).parents[2] / "docs" / "sample_agents.md"

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(not FOLDER.is_dir(), reason="the folder with real agents is not here"),
]


@pytest.fixture
def ada() -> User:
    return make_user()


@pytest.fixture
def world() -> Iterator[Everything]:
    with everything() as made:
        yield made


def test_every_agent_has_its_line() -> None:
    assert sorted(path.stem for path in FOLDER.glob("*.json")) == sorted(sample.file for sample in SAMPLES)


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.file)
def test_a_real_agent_runs_to_its_outputs(ada: User, world: Everything, sample: Sample) -> None:
    if sample.needs_isolation:
        skip_without_isolation()

    ran = run_sample(sample, ada, world)

    check(sample, ran, world)
    assert line_of(sample, ran, world).without_time() in TABLE.read_text(), "run bench/sample_agents.py"
