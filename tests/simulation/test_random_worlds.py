"""Graphs that nobody thought of, in worlds where processes die and stop at any moment.

A seed that fails is named together with the command that runs it alone and tells its story.
"""

import os
from collections.abc import Iterator

import pytest

from tests.simulation.graphs import Family
from tests.simulation.trial import stormy_world, story, trouble

pytestmark = pytest.mark.sqlite_only  # it touches no database

#: Names one seed, such as same:17, to be run alone.
ONE_SEED = "SIMULATION_SEED"
#: Seeds of each family, and how many one test takes.
SEEDS = {Family.SAME: 2000, Family.ONCE: 100, Family.POOR: 100, Family.STOPPED: 100}
AT_ONCE = 100


def _portions() -> Iterator[tuple[Family, range]]:
    if only := os.environ.get(ONE_SEED):
        name, seed = only.split(":")
        yield Family(name), range(int(seed), int(seed) + 1)
        return
    for family, seeds in SEEDS.items():
        for first in range(0, seeds, AT_ONCE):
            yield family, range(first, first + AT_ONCE)


@pytest.mark.parametrize(("family", "seeds"), list(_portions()), ids=lambda part: getattr(part, "value", str(part)))
def test_crashes_do_no_harm(family: Family, seeds: range) -> None:
    for seed in seeds:
        world = stormy_world(seed, family)
        found = trouble(world)
        if found:
            print("\n".join(story(world)))  # noqa: T201 - pytest shows it with the failure
        assert not found, f"{found[0]}  Replay: {ONE_SEED}={family.value}:{seed} bin/test tests/simulation"
