from collections.abc import Iterator

import pytest

from blocks import waiting
from tests.world.server import World
from tests.world.server import world as opened


@pytest.fixture
def world() -> Iterator[World]:
    with opened() as made:
        yield made


@pytest.fixture
def without_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Looks at what a service is doing follow each other at once."""
    monkeypatch.setattr(waiting, "FIRST_PAUSE_SECONDS", 0.0)
