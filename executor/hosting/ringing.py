"""Ringing for what waits, after executions have ended: those that end together share one look at the database."""

import asyncio

from executor.dispatch.dispatching import dispatch
from executor.hosting.threads import DatabaseThread


class Ringing:
    """One for all executions of a process."""

    def __init__(self, database: DatabaseThread) -> None:
        self._database = database
        self._looking = asyncio.Lock()
        #: The look that has not begun yet, so that it will see whatever has ended by now.
        self._next: asyncio.Task[None] | None = None

    async def ring(self) -> None:
        """An execution has ended: wait until somebody has rung for what may run in its place."""
        if self._next is None or self._next.done():
            self._next = asyncio.create_task(self._look(), name="ringing")
        await asyncio.shield(self._next)

    async def _look(self) -> None:
        async with self._looking:
            self._next = None
            await self._database.run(dispatch)
