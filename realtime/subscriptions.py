"""What one socket follows: each subscription is a task of its own that reads and tells."""

from collections import deque
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from executor.errors import ExecutionNotFound
from executor.statuses import TERMINAL
from realtime.comparing import Known
from realtime.connection import AWAY
from realtime.database import in_database_thread
from realtime.groups import execution_group
from realtime.outbox import Outbox
from realtime.protocol import SubscribeExecution, error_frame, event_frame, snapshot_frame, text_frame
from realtime.replay import Feed
from realtime.restoring import drop_lost
from realtime.snapshots import Snapshot, snapshot, snapshot_if_shorter

#: Node executions whose end is remembered, so that no text that is late comes after it.
ENDS_REMEMBERED = 200

Wake = dict[str, Any]


class ExecutionSubscription:
    """Every event of one execution after a seq, in order, each once. It ends with the execution."""

    def __init__(self, request: SubscribeExecution, *, seq: int, channel: str, outbox: Outbox) -> None:
        """seq: of the execution. A client that claims more knows what the database has lost, and starts over."""
        self.execution_id = request.graph_exec_id
        self.group = execution_group(request.graph_exec_id)
        self.channel = channel
        self._request = request
        self._starts_over = (request.after or 0) > seq
        self._after = request.after
        if self._starts_over:
            self._after = None if request.snapshot else 0
        self._feed = Feed(self.execution_id, after=self._after or 0, poll_seconds=None)
        self._outbox = outbox
        self._ended: deque[str] = deque(maxlen=ENDS_REMEMBERED)

    def wake(self, message: Wake) -> None:
        self._feed.wake(message["seq"])

    def compare(self, rows: Mapping[str, Known]) -> None:
        """Take in what the rows say: ahead when a wake was lost, not there when the execution was deleted."""
        row = rows.get(self.execution_id)
        if row is None:
            self._feed.look()
        else:
            self._feed.wake(row.seq)

    def show(self, event: dict[str, Any]) -> None:
        """Pass on a piece of a text that is being written, unless its node has ended, or the client is busy."""
        if event["node_exec_id"] not in self._ended and self._outbox.has_room:
            self._outbox.offer(text_frame(event, channel=self.channel))

    async def run(self) -> None:
        try:
            await self._forget_lost()
            await self._show_snapshot()
            await self._tell()
        except ExecutionNotFound:
            await self._outbox.put(error_frame("The execution was deleted", channel=self.channel))

    async def _forget_lost(self) -> None:
        if self._starts_over:
            with suppress(*AWAY):
                await drop_lost(self.execution_id)

    async def _show_snapshot(self) -> None:
        shown: Snapshot | None
        if self._after is None:
            shown = await in_database_thread(snapshot, self.execution_id)
        elif self._request.snapshot:
            shown = await in_database_thread(snapshot_if_shorter, self.execution_id, self._after)
        else:
            return
        if shown is not None:
            self._feed.seq, self._starts_over = shown["seq"], False
            await self._outbox.put(snapshot_frame(shown, channel=self.channel))

    async def _tell(self) -> None:
        async for replay in self._feed.stretches():
            for place, event in enumerate(replay.events):
                resync = place == 0 and (replay.resync or self._starts_over)
                if event["event_type"] == "node_execution_update" and event["status"] in TERMINAL:
                    self._ended.append(event["node_exec_id"])
                await self._outbox.put(event_frame(event, channel=self.channel, resync=resync))
                self._starts_over = False
