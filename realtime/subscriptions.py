"""What one socket follows: each subscription is a task of its own that reads and sends."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from executor.errors import ExecutionNotFound
from realtime.groups import execution_group, graph_group
from realtime.protocol import error_frame, event_frame
from realtime.replay import Feed, read

#: How long a subscription relies on being woken.
POLL_SECONDS = 5

Send = Callable[[str], Awaitable[None]]
Wake = dict[str, Any]


class ExecutionSubscription:
    """Every event of one execution after a seq, in order, each once."""

    def __init__(self, execution_id: str, *, channel: str, after: int, send: Send) -> None:
        self.group = execution_group(execution_id)
        self._feed = Feed(execution_id, after=after, poll_seconds=POLL_SECONDS)
        self._channel = channel
        self._send = send

    def wake(self, message: Wake) -> None:
        self._feed.wake(message["seq"])

    async def run(self) -> None:
        try:
            await self._tell()
        except ExecutionNotFound:
            await self._send(error_frame("The execution was deleted", channel=self._channel))

    async def _tell(self) -> None:
        async for replay in self._feed.stretches():
            for place, event in enumerate(replay.events):
                resync = replay.resync and place == 0
                await self._send(event_frame(event, channel=self._channel, resync=resync))


class GraphSubscription:
    """From now on, each change of the status of any execution of a graph."""

    def __init__(self, graph_id: str, *, channel: str, send: Send) -> None:
        self.group = graph_group(graph_id)
        self._wakes: asyncio.Queue[Wake] = asyncio.Queue()
        self._channel = channel
        self._send = send

    def wake(self, message: Wake) -> None:
        self._wakes.put_nowait(message)

    async def run(self) -> None:
        while True:
            message = await self._wakes.get()
            try:
                replay = await read(message["execution"], message["seq"] - 1, limit=1)
            except ExecutionNotFound:
                continue  # deleted since
            for event in replay.events:
                if event["event_type"] == "graph_execution_update":
                    await self._send(event_frame(event, channel=self._channel))


Subscription = ExecutionSubscription | GraphSubscription
