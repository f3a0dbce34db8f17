"""The sockets of this process, and what is looked after for all of them together, now and then."""

import asyncio
import logging
from collections.abc import Iterator
from contextvars import Context
from datetime import datetime
from typing import Protocol
from uuid import UUID
from weakref import WeakKeyDictionary

from django.db import Error as DatabaseError

from realtime.comparing import look
from realtime.connection import AWAY
from realtime.database import in_database_thread
from realtime.following import Following, Subscription
from realtime.graph_subscriptions import GraphSubscription
from realtime.places import Holder, keep_places
from realtime.subscriptions import ExecutionSubscription
from realtime.visitors import Visitor, staying

logger = logging.getLogger(__name__)

#: How often what is followed is compared with the rows. A difference counts at the second look.
COMPARE_SECONDS = 1.5
#: Looks after which it is asked whether everybody may stay, and places are renewed.
LOOKS = 3


class Attendee(Protocol):
    """A socket whose client is known."""

    visitor: Visitor
    holder: Holder
    following: Following

    async def dismiss(self) -> None: ...


class Attendance:
    """Looks after its sockets as long as there are any."""

    def __init__(self) -> None:
        self._attendees: set[Attendee] = set()
        self._watching: asyncio.Task[None] | None = None

    def __len__(self) -> int:
        return len(self._attendees)

    def sockets_of(self, user_id: UUID) -> int:
        return sum(one.holder[0] == user_id for one in self._attendees)

    def enter(self, attendee: Attendee) -> None:
        self._attendees.add(attendee)
        if self._watching is None:
            # It is for all of them, so its log lines must not name the first one.
            self._watching = asyncio.create_task(self._watch(), context=Context())

    def leave(self, attendee: Attendee) -> None:
        self._attendees.discard(attendee)
        if not self._attendees and self._watching is not None:
            self._watching.cancel()
            self._watching = None

    async def _watch(self) -> None:
        looks = 0
        while True:
            await asyncio.sleep(COMPARE_SECONDS)
            looks += 1
            try:
                await self.compare()
                if looks % LOOKS == 0:
                    await self.dismiss_uninvited()
                    await self.keep_places()
            except (DatabaseError, *AWAY) as error:
                logger.warning("Sockets are not looked after", extra={"action": "watch_failed", "reason": str(error)})
            except Exception:
                logger.exception("A look after the sockets failed", extra={"action": "watch_failed"})

    async def compare(self) -> None:
        """Wake whoever is behind the rows: wakes may be lost, and whole commits, while Redis is away."""
        followed = list(self._subscriptions())
        if not followed:
            return
        executions, graphs, since = _wanted(followed)
        rows = await in_database_thread(look, executions, graphs, since)
        for subscription in followed:
            subscription.compare(rows)

    async def dismiss_uninvited(self) -> None:
        """Close the sockets of those who may not stay: signed out, or with a key that is no good any more."""
        asked = list(self._attendees)
        stay = await in_database_thread(staying, {one.visitor for one in asked})
        for attendee in asked:
            if attendee.visitor not in stay:
                await attendee.dismiss()

    async def keep_places(self) -> None:
        """Also join what could not be joined."""
        await asyncio.gather(*(one.following.join_missing() for one in self._attendees if one.following.missing))
        await keep_places([one.holder for one in self._attendees])

    def _subscriptions(self) -> Iterator[Subscription]:
        for attendee in self._attendees:
            yield from attendee.following


_here: "WeakKeyDictionary[asyncio.AbstractEventLoop, Attendance]" = WeakKeyDictionary()


def attendance() -> Attendance:
    """That of the running event loop."""
    return _here.setdefault(asyncio.get_running_loop(), Attendance())


def _wanted(followed: list[Subscription]) -> tuple[set[str], set[str], datetime | None]:
    """The executions and graphs to look for, and since when."""
    executions: set[str] = set()
    graphs: set[str] = set()
    since: datetime | None = None
    for subscription in followed:
        match subscription:
            case ExecutionSubscription():
                executions.add(subscription.execution_id)
            case GraphSubscription():
                executions.update(subscription.unfinished)
                graphs.add(subscription.graph_id)
                since = min(since or subscription.since, subscription.since)
    return executions, graphs, since
