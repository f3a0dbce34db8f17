"""Simulated executions are nobody's business but the simulation's."""

from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True, scope="module")
def _alone() -> Iterator[None]:
    from tests.simulation.stage import alone

    with alone():
        yield
