"""Being woken outside a consumer."""

import asyncio
from typing import Any

from realtime.groups import execution_group
from realtime.wakes import woken
from tests.realtime.cast import WOKEN_SECONDS, Scene


async def test_a_wake_that_is_not_taken_ends_nothing(scene: Scene) -> None:
    heard: asyncio.Queue[int] = asyncio.Queue()

    def wake(message: dict[str, Any]) -> None:
        heard.put_nowait(message["seq"])
        if message["seq"] == 1:
            raise ZeroDivisionError

    async with woken(execution_group(str(scene.execution.id)), wake):
        for seq in (1, 2):
            await scene.commit(scene.graph_event(seq, "RUNNING"))
            assert await asyncio.wait_for(heard.get(), WOKEN_SECONDS) == seq
