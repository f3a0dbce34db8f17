"""What every service may answer instead of what was asked for; each block of a service is put through all of it."""

from dataclasses import dataclass, field
from typing import Any

import pytest

from blocks.base import Block
from blocks.errors import BlockError
from tests.blocks.fakes import make_context
from tests.blocks.running import CANARY, credentials_for, outputs, references
from tests.world.server import World

#: A message of a service that quotes what it was sent, as some do.
LOUD = f"You sent {CANARY}. " + "It is not right. " * 100
MAX_MESSAGE = 700


@dataclass(frozen=True)
class Trouble:
    """said: by the service; None if it says nothing at all.  mentions: what the block's error must contain."""

    name: str
    said: Any
    mentions: tuple[str, ...] = field(default=())


TROUBLES = [
    Trouble("refused", (401, {"message": "Bad credentials"}), ("401", "Bad credentials")),
    Trouble("unknown", (404, {"error": {"message": "There is no such thing"}}), ("404", "There is no such thing")),
    Trouble("loud", (400, {"message": LOUD}), ("400", "It is not right")),
    Trouble("too often", (429, {"message": "Slow down"}, {"Retry-After": "30"}), ("429", "Slow down")),
    Trouble("broken", (500, "<html>Oops</html>"), ("500",)),
    Trouble("not JSON", (200, "<html>Welcome</html>", {"Content-Type": "text/html"})),
    Trouble("silent", None),
]

each_trouble = pytest.mark.parametrize("trouble", TROUBLES, ids=lambda trouble: trouble.name)


async def assert_told(trouble: Trouble, world: World, asked: str, block: Block, inputs: dict[str, Any]) -> None:
    """The block's error says what the service said, not what it was sent. asked: what of the world is in trouble."""
    if trouble.said is None:
        world.says_nothing(asked)
    else:
        world.says(asked, trouble.said)
    web = world.web(max_seconds=0.3 if trouble.said is None else 10)
    context = make_context(web=web, credentials=credentials_for(block, inputs))

    with pytest.raises(BlockError) as caught:
        await outputs(block, references(block) | inputs, context)

    message = str(caught.value)
    assert [words for words in trouble.mentions if words not in message] == []
    assert CANARY not in message
    assert len(message) <= MAX_MESSAGE
