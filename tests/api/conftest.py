"""Imports wait until the fixture runs: pytest reads this file before Django is set up."""

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.api.cast import Scene


@pytest.fixture
def scene(db: None) -> "Scene":
    from tests.api.cast import make_scene

    return make_scene()
