"""Asking a provider while a request waits."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Concatenate, ParamSpec, TypeVar

from executor.hosting.services import door
from reliability.net.door import Door

P = ParamSpec("P")
T = TypeVar("T")


def ask(call: Callable[Concatenate[Door, P], Awaitable[T]], *args: P.args, **kwargs: P.kwargs) -> T:
    """Call it with the door. Raises what it raises."""

    async def ask_and_close() -> T:
        try:
            return await call(door(), *args, **kwargs)
        finally:
            await door().close()

    return asyncio.run(ask_and_close())
