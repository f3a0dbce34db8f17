"""Dying before and after each single commit of a life: fewer graphs, but no moment is left to chance."""

from random import Random

import pytest

from tests.simulation.faults import every_commit
from tests.simulation.graphs import Family, random_case
from tests.simulation.trial import calm_world, run, stormy, trouble

pytestmark = pytest.mark.sqlite_only  # it touches no database

GRAPHS = 15


@pytest.mark.parametrize("seed", range(GRAPHS))
def test_no_commit_is_a_bad_moment_to_die(seed: int) -> None:
    case = random_case(seed, Family.SAME)
    calm = run(calm_world(case))
    for faults in every_commit(calm.processes[0].commits):
        world = stormy(case, Random(seed), faults)
        assert trouble(world, calm) == [], f"seed {seed}, {faults}"
