"""Django's ORM from coroutines: one thread, with one database connection that ends with it."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType
from typing import ParamSpec, Self, TypeVar

from django.db import DatabaseError, InterfaceError, connections

P = ParamSpec("P")
T = TypeVar("T")


class DatabaseThread:
    """Runs synchronous functions that use the ORM, one at a time. Leaving it lets the connection go."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="database")

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await asyncio.shield(self.run(connections.close_all))
        self._thread.shutdown(wait=False)

    async def run(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Call the function there. Its transactions begin and end inside; a broken connection is not used again."""

        def call() -> T:
            try:
                return work(*args, **kwargs)
            except (DatabaseError, InterfaceError):
                connections.close_all()
                raise

        return await asyncio.get_running_loop().run_in_executor(self._thread, call)
