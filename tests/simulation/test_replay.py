"""A seed is a whole story: told again, it is the same to the last commit."""

import pytest

from tests.simulation.graphs import Family
from tests.simulation.trial import digest, run, stormy_world

pytestmark = pytest.mark.sqlite_only  # it touches no database


@pytest.mark.parametrize("family", Family, ids=lambda family: family.value)
def test_a_seed_replays(family: Family) -> None:
    for seed in range(10):
        first, again = (digest(run(stormy_world(seed, family))) for _ in range(2))
        assert first == again, seed


def test_other_seeds_tell_other_stories() -> None:
    stories = {digest(run(stormy_world(seed, Family.SAME))) for seed in range(10)}
    assert len(stories) == 10
