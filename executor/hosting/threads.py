"""Django's ORM from coroutines: threads of their own, whose database connections end with them."""

import asyncio
import contextvars
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from types import TracebackType
from typing import ParamSpec, Self, TypeVar

from django.db import DatabaseError, InterfaceError, connections

P = ParamSpec("P")
T = TypeVar("T")


class DatabaseThread:
    """Runs synchronous functions that use the ORM. Leaving it lets the connections go.

    at_once: how many of them at a time, each in a thread with a connection of its own.
    """

    def __init__(self, at_once: int = 1) -> None:
        self._at_once = at_once
        self._threads = ThreadPoolExecutor(at_once, thread_name_prefix="database")

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        together = Barrier(self._at_once)  # so that each thread does it once
        try:
            await asyncio.shield(asyncio.gather(*(self.run(_let_go, together) for _ in range(self._at_once))))
        finally:
            self._threads.shutdown(wait=False)

    async def run(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Call the function there, in the caller's context: what it logs names the caller's execution.

        Its transactions begin and end inside; a broken connection is not used again.
        """
        context = contextvars.copy_context()

        def call() -> T:
            try:
                return context.run(work, *args, **kwargs)
            except (DatabaseError, InterfaceError):
                connections.close_all()
                raise

        return await asyncio.get_running_loop().run_in_executor(self._threads, call)


def _let_go(together: Barrier) -> None:
    together.wait()
    connections.close_all()
