"""What happened in an execution after a given seq, and what happens next: from the stream, else from the rows."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import pairwise
from uuid import UUID

from executor.errors import ExecutionNotFound
from executor.models import GraphExecution
from executor.statuses import TERMINAL
from executor.telling.changes import changes_since
from realtime import stream
from realtime.connection import AWAY
from realtime.database import in_database_thread
from realtime.groups import execution_group
from realtime.shortening import shortened
from realtime.stream import Event
from realtime.turns import readers
from realtime.wakes import woken

#: How long `follow` relies on being woken.
FOLLOW_POLL_SECONDS = 0.5
#: By then a commit is in the stream too, unless Redis or its worker died in between.
STREAM_LAG_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class Replay:
    """A stretch of an execution's events, in order, each with a higher seq than the one before."""

    events: list[Event]
    #: A seq is missing: of several changes of one thing only the last is told. Outputs are complete all the same.
    resync: bool = False
    #: There may be more to read at once.
    more: bool = False
    #: The execution is over and nothing comes after this.
    ended: bool = False


async def read(execution_id: str, after: int, limit: int = 100) -> Replay:
    """Up to `limit` events after `after`. What the stream does not hold is read from the rows.

    The rows are ahead of the stream for a moment after each commit; that alone is no reason to read them.
    Raises ExecutionNotFound.
    """
    replay = await _near_past(execution_id, after, limit)
    if replay is None:
        replay = await in_database_thread(nothing_new, execution_id, after)
    if replay is None:
        await asyncio.sleep(STREAM_LAG_SECONDS)
        replay = await _near_past(execution_id, after, limit)
    if replay is None:
        replay = await in_database_thread(from_rows, execution_id, after, limit)
    return replay


async def _near_past(execution_id: str, after: int, limit: int) -> Replay | None:
    """None also while Redis is away."""
    async with readers.next():
        with suppress(*AWAY):
            return await from_stream(execution_id, after, limit)
    return None


async def from_stream(execution_id: str, after: int, limit: int) -> Replay | None:
    """None if the very next event is not there. Raises what `connection.AWAY` holds."""
    found, more = await stream.fetch(execution_id, after)
    events = unbroken(found, after)[:limit]
    if not events:
        return None
    return Replay(events, more=more or len(events) < len(found), ended=is_last(events[-1]))


def nothing_new(execution_id: str, after: int) -> Replay | None:
    """An empty one, unless the rows have a change that is newer. Raises ExecutionNotFound."""
    state = GraphExecution.objects.filter(id=execution_id).values_list("seq", "status").first()
    if state is None:
        raise ExecutionNotFound
    seq, status = state
    return Replay([], ended=status in TERMINAL) if seq <= after else None


def from_rows(execution_id: str, after: int, limit: int) -> Replay:
    """Of several changes of one thing only the last. Empty if the execution was deleted a moment ago."""
    events = [shortened(event) for event in changes_since(execution_id, after, limit)]
    resync = len(unbroken(events, after)) < len(events)
    return Replay(events, resync=resync, more=len(events) == limit, ended=bool(events) and is_last(events[-1]))


def unbroken(events: list[Event], after: int) -> list[Event]:
    """The events up to the first missing seq."""
    numbers = [after, *(event["seq"] for event in events)]
    gap = next((place for place, (one, two) in enumerate(pairwise(numbers)) if two != one + 1), len(events))
    return events[:gap]


def is_last(event: Event) -> bool:
    """Whether it says that the execution has ended."""
    return event["event_type"] == "graph_execution_update" and event["status"] in TERMINAL


class Feed:
    """An execution's events as they come, exactly once and in order, however often or seldom it is woken."""

    def __init__(self, execution_id: str, *, after: int, poll_seconds: float | None) -> None:
        """poll_seconds: how long it relies on being woken; None: for ever."""
        #: The seq of the newest event that was handed out.
        self.seq = after
        self._execution_id = execution_id
        self._poll_seconds = poll_seconds
        self._woken = asyncio.Event()

    def wake(self, seq: int) -> None:
        """Say that there are events up to this seq."""
        if seq > self.seq:
            self._woken.set()

    def look(self) -> None:
        """Say that something may be different."""
        self._woken.set()

    async def stretches(self) -> AsyncIterator[Replay]:
        """Every stretch of events up to the end of the execution. An empty one is the last: it had ended before.

        Raises ExecutionNotFound.
        """
        while True:
            self._woken.clear()
            replay = await read(self._execution_id, self.seq)
            if replay.events:
                self.seq = replay.events[-1]["seq"]
            if replay.events or replay.ended:
                yield replay
            if replay.ended:
                return
            if not replay.more:
                await self._wait()

    async def _wait(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(self._poll_seconds):
                await self._woken.wait()


async def follow(execution_id: str | UUID, after: int = 0) -> AsyncIterator[Event]:
    """Every event after `after` until the execution has ended; also while Redis is away.

    Raises ExecutionNotFound.
    """
    feed = Feed(str(execution_id), after=after, poll_seconds=FOLLOW_POLL_SECONDS)
    async with woken(execution_group(str(execution_id)), lambda message: feed.wake(message["seq"])):
        async for replay in feed.stretches():
            for event in replay.events:
                yield event
