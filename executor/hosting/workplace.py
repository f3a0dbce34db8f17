"""Where a process runs executions: the journal, and threads that may ask the database."""

import asyncio
import os
import secrets
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from executor.hosting.ringing import Ringing
from executor.hosting.threads import DatabaseThread
from executor.journal.journal import Journal

#: Claims and loads of a process that runs many executions, at the same time.
SHARED_DATABASE_THREADS = 2

#: Executions in processes of their own, at the same time: each has the memory of a whole worker.
APART_AT_ONCE = 2


@dataclass(frozen=True, slots=True)
class Workplace:
    """owner: the name under which executions are claimed here, another one for each process and each start."""

    owner: str
    database: DatabaseThread
    #: For what asks Redis, too: nothing that keeps an execution alive waits behind it.
    bells: DatabaseThread
    journal: Journal
    ringing: Ringing
    #: Whether many executions share it, so that one which ends the process would end others, too.
    is_shared: bool
    places_apart: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(APART_AT_ONCE))


_shared: Workplace | None = None


@asynccontextmanager
async def workplace() -> AsyncIterator[Workplace]:
    """The one that all executions of this process share, if it was opened; else one for this execution alone."""
    if _shared is not None:
        yield _shared
        return
    async with DatabaseThread() as database, _opened(database, database, is_shared=False) as own:
        yield own


@asynccontextmanager
async def shared_workplace() -> AsyncIterator[Workplace]:
    """Open the one for all executions of this process. Leaving it commits what is left."""
    global _shared
    async with (
        DatabaseThread(SHARED_DATABASE_THREADS) as database,
        DatabaseThread() as bells,
        _opened(database, bells, is_shared=True) as opened,
    ):
        _shared = opened
        try:
            yield opened
        finally:
            _shared = None


@asynccontextmanager
async def _opened(database: DatabaseThread, bells: DatabaseThread, *, is_shared: bool) -> AsyncIterator[Workplace]:
    owner = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"
    async with Journal(database) as journal:
        yield Workplace(owner, database, bells, journal, Ringing(bells), is_shared)
