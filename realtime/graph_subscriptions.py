"""Following all executions of a graph: from now on, each change of the status of any of them."""

import asyncio
from collections import OrderedDict
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from executor.errors import ExecutionNotFound
from executor.models import GraphExecution
from executor.statuses import TERMINAL
from executor.telling.row_payloads import as_told, of_graph
from realtime.comparing import Known, look, unfinished
from realtime.database import in_database_thread
from realtime.groups import graph_group
from realtime.outbox import Outbox
from realtime.protocol import event_frame
from realtime.replay import read
from realtime.shortening import Event, shortened

#: Executions that are remembered, and that may wait to be told. What is forgotten is found again by comparing.
REMEMBERED = 2000
#: Clocks of those who make executions may differ from this one by so much.
MARGIN = timedelta(seconds=60)

Wake = dict[str, Any]


class GraphSubscription:
    """Wakes say what to tell; what no wake has told of is found by comparing, and told in its newest state."""

    def __init__(self, graph_id: str, *, channel: str, outbox: Outbox) -> None:
        self.graph_id = graph_id
        self.group = graph_group(graph_id)
        self.channel = channel
        #: Executions that were made before were there when it began.
        self.since: datetime = timezone.now() - MARGIN
        self._outbox = outbox
        #: What the client was told last of each execution, or need not be told: seq and status.
        self._told: OrderedDict[str, tuple[int, str]] = OrderedDict()
        #: Executions to tell of: seqs that wakes have named.
        self._due: dict[str, list[int]] = {}
        #: Executions that differ from what was told; those that still do at the next look are told.
        self._suspects: dict[str, str] = {}
        self._missed: dict[str, None] = {}
        self._woken = asyncio.Event()

    async def prepare(self) -> None:
        """Learn how things stand. What changes after this is told."""
        rows = await in_database_thread(_standing, self.graph_id, self.since)
        for row in rows:
            self._remember(row.execution_id, row.seq, row.status)

    @property
    def unfinished(self) -> Collection[str]:
        """Executions whose end is still to be told."""
        return [one for one, (_, status) in self._told.items() if status not in TERMINAL]

    def wake(self, message: Wake) -> None:
        if len(self._due) < REMEMBERED or message["execution"] in self._due:
            self._due.setdefault(message["execution"], []).extend(message["seqs"])
        self._woken.set()

    def compare(self, rows: Mapping[str, Known]) -> None:
        """Take in what the rows say. A wake may be under way, so that a difference counts when it is seen twice."""
        mine = [one for one in rows.values() if one.graph_id == self.graph_id]
        for one in mine:
            if one.seq == 0 and one.execution_id not in self._told:
                self._remember(one.execution_id, 0, one.status)  # nothing was told of it yet, and something will be
        differing = {one.execution_id: one.status for one in mine if self._differs(one)}
        self._missed |= {one: None for one, status in differing.items() if self._suspects.get(one) == status}
        self._suspects = differing
        self.since = max(self.since, timezone.now() - 2 * MARGIN)
        if self._missed:
            self._woken.set()

    async def run(self) -> None:
        while True:
            await self._woken.wait()
            self._woken.clear()
            due, self._due = self._due, {}
            missed, self._missed = self._missed, {}
            for execution_id, seqs in due.items():
                for seq in sorted(seqs):
                    await self._tell_change(execution_id, seq)
            for execution_id in missed:
                await self._tell_state(execution_id)

    async def _tell_change(self, execution_id: str, seq: int) -> None:
        try:
            replay = await read(execution_id, seq - 1, limit=1)
        except ExecutionNotFound:
            return  # deleted since
        for event in replay.events:
            if event["event_type"] == "graph_execution_update":
                await self._tell(event)

    async def _tell_state(self, execution_id: str) -> None:
        event = await in_database_thread(_state, execution_id)
        if event is not None:
            await self._tell(event, resync=True)

    async def _tell(self, event: Event, *, resync: bool = False) -> None:
        told_seq, _ = self._told.get(event["id"], (0, ""))
        if event["seq"] > told_seq:
            self._remember(event["id"], event["seq"], event["status"])
            await self._outbox.put(event_frame(event, channel=self.channel, resync=resync))

    def _differs(self, row: Known) -> bool:
        seq, status = self._told.get(row.execution_id, (0, ""))
        return row.status != status and row.seq > seq

    def _remember(self, execution_id: str, seq: int, status: str) -> None:
        self._told[execution_id] = (seq, status)
        self._told.move_to_end(execution_id)
        if len(self._told) > REMEMBERED:
            self._told.popitem(last=False)


def _standing(graph_id: str, since: datetime) -> Iterable[Known]:
    """What has not ended, and what was made lately."""
    lately = look((), (graph_id,), since)
    return [*unfinished(graph_id), *lately.values()]


def _state(execution_id: str) -> Event | None:
    execution = GraphExecution.objects.select_related("version__graph").filter(id=execution_id).first()
    if execution is None:
        return None
    return shortened(as_told([of_graph(execution, with_outputs=execution.is_finished)])[0])
