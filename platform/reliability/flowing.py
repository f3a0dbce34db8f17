"""Whoever sends to a client waits while its transport is full, so that nothing is piled up in memory.

daphne hands everything to its transport at once, and the transport keeps what the client does not take. What stands for
a client there listens to what Twisted tells every producer. Other ASGI servers wait by themselves.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

Message = dict[str, Any]
Send = Callable[[Message], Awaitable[None]]


class Flowing:
    """For classes of daphne that stand for a client; they register themselves as producers of its transport."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._flows = asyncio.Event()
        self._flows.set()
        super().__init__(*args, **kwargs)

    async def room(self) -> None:
        """Wait until the transport can take more."""
        await self._flows.wait()

    def pauseProducing(self) -> None:  # noqa: N802
        """The transport is full."""
        self._flows.clear()

    def resumeProducing(self) -> None:  # noqa: N802
        """The transport is empty."""
        self._flows.set()

    def stopProducing(self) -> None:  # noqa: N802
        """The connection is gone."""
        self._flows.set()

    def connectionLost(self, reason: Any) -> None:  # noqa: N802
        self._flows.set()
        super().connectionLost(reason)  # type: ignore[misc]


class InTurn:
    """ASGI middleware: under daphne, `send` returns when there is room for what follows.

    kind: of what stands for a client.  fills: whether more may follow a message.
    """

    def __init__(self, application: Any, *, kind: type[Flowing], fills: Callable[[Message], bool]) -> None:
        self._application = application
        self._kind = kind
        self._fills = fills

    async def __call__(self, scope: Any, receive: Any, send: Send) -> None:
        client = next((one for one in getattr(send, "args", ()) if isinstance(one, self._kind)), None)
        await self._application(scope, receive, send if client is None else self._in_turn(send, client))

    def _in_turn(self, send: Send, client: Flowing) -> Send:
        async def send_and_wait(message: Message) -> None:
            await send(message)
            if self._fills(message):
                await client.room()

        return send_and_wait
