"""What a storm needs: somebody who can pay, the blocks, and a seed that is printed."""

import os
import random
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from accounts.models import User

SEED = "CHAOS_SEED"


@pytest.fixture(autouse=True)
def _our_blocks() -> Iterator[None]:
    """Known in this process, too, while graphs are built of them."""
    from blocks.registry import registry
    from tests.chaos.blocks import ALL

    for block in ALL:
        registry.register(block)
    yield
    for block in ALL:
        del registry._blocks[block.id]


@pytest.fixture
def ada() -> "User":
    from tests.factories import make_user

    return make_user(credits=10_000_000)


@pytest.fixture
def seed() -> int:
    """Of everything that is drawn. Shown when the test fails; `CHAOS_SEED=… pytest …` draws the same again."""
    chosen = int(os.environ.get(SEED) or random.SystemRandom().randrange(10**9))
    print(f"\n{SEED}={chosen}")  # noqa: T201
    return chosen
