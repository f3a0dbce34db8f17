"""The socket at /ws."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any, Literal

from channels.consumer import AsyncConsumer, get_handler_name
from channels.exceptions import StopConsumer

from accounts.models import User
from realtime.authentication import Refused, Scope, authenticate
from realtime.connection import AWAY
from realtime.ownership import owns_execution, owns_graph
from realtime.protocol import (
    SUBPROTOCOL,
    Heartbeat,
    Method,
    Refusal,
    Request,
    SubscribeExecution,
    SubscribeGraph,
    Unsubscribe,
    acknowledgement,
    error_frame,
    execution_channel,
    graph_channel,
    parse,
    pong,
)
from realtime.subscriptions import ExecutionSubscription, GraphSubscription, Subscription

logger = logging.getLogger(__name__)

#: On one socket.
SUBSCRIPTIONS_MAX = 100
INTERNAL_ERROR = 1011

Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
SendMessage = Callable[[Message], Awaitable[None]]


class LiveConsumer(AsyncConsumer):
    """One client: who it is, and what it follows. The database is asked at the handshake and at each subscription."""

    def __init__(self) -> None:
        self.user: User | None = None
        self.is_open = False
        #: By channel key.
        self._followed: dict[str, tuple[Subscription, asyncio.Task[None]]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: SendMessage) -> None:
        """Serve a client. While Redis is away nobody can wake it, so that its subscriptions look now and then."""
        try:
            await super().__call__(scope, receive, send)
        except AWAY:
            if self.is_open:
                raise
            self.channel_layer_alias = None
            await super().__call__(scope, receive, send)

    async def dispatch(self, message: Message) -> None:
        """Handle a message without the thread hop that Channels makes for the database before each one."""
        await getattr(self, get_handler_name(message))(message)

    async def websocket_connect(self, message: Message) -> None:
        """A close code is only seen on a socket that was accepted."""
        self.is_open = True
        subprotocol = SUBPROTOCOL if SUBPROTOCOL in self.scope.get("subprotocols", ()) else None
        found = await authenticate(self.scope)
        await self.send({"type": "websocket.accept", "subprotocol": subprotocol})
        if isinstance(found, Refused):
            await self.send({"type": "websocket.close", "code": found.code, "reason": found.reason})
        else:
            self.user = found

    async def websocket_receive(self, message: Message) -> None:
        if self.user is None:
            return
        content = message.get("text")
        request = parse(message.get("bytes") or b"" if content is None else content)
        if isinstance(request, Refusal):
            await self._tell(error_frame(request.text))
        else:
            await self._answer(self.user, request)

    async def websocket_disconnect(self, message: Message) -> None:
        for channel in list(self._followed):
            await self._leave(channel)
        raise StopConsumer

    async def wake(self, message: Message) -> None:
        """The channel layer says that an execution has changed."""
        user_id = str(self.user.id) if self.user else ""
        if "graph" in message:
            channel = graph_channel(user_id, message["graph"])
        else:
            channel = execution_channel(user_id, message["execution"])
        if channel in self._followed:
            self._followed[channel][0].wake(message)

    async def _answer(self, user: User, request: Request) -> None:
        match request:
            case Heartbeat():
                await self._tell(pong())
            case SubscribeExecution():
                await self._subscribe_execution(user, request)
            case SubscribeGraph():
                await self._subscribe_graph(user, request)
            case Unsubscribe():
                await self._unsubscribe(user, request)

    async def _subscribe_execution(self, user: User, request: SubscribeExecution) -> None:
        execution_id = request.graph_exec_id
        channel = execution_channel(str(user.id), execution_id)
        if not await owns_execution(user, execution_id):
            await self._tell(error_frame(f"Graph execution #{execution_id} not found", channel=channel))
            return
        subscription = ExecutionSubscription(execution_id, channel=channel, after=request.after, send=self._tell)
        await self._follow(Method.SUBSCRIBE_EXECUTION, channel, subscription)

    async def _subscribe_graph(self, user: User, request: SubscribeGraph) -> None:
        channel = graph_channel(str(user.id), request.graph_id)
        if not await owns_graph(user, request.graph_id):
            await self._tell(error_frame(f"Graph #{request.graph_id} not found", channel=channel))
            return
        subscription = GraphSubscription(request.graph_id, channel=channel, send=self._tell)
        await self._follow(Method.SUBSCRIBE_GRAPH, channel, subscription)

    async def _unsubscribe(self, user: User, request: Unsubscribe) -> None:
        if request.graph_exec_id is not None:
            channel = execution_channel(str(user.id), request.graph_exec_id)
        else:
            channel = graph_channel(str(user.id), request.graph_id or "")
        await self._leave(channel)
        await self._tell(acknowledgement(Method.UNSUBSCRIBE, channel))

    async def _follow(self, method: Method, channel: str, subscription: Subscription) -> None:
        """Join the group before the first read, so that nothing falls between them."""
        await self._leave(channel)
        if len(self._followed) >= SUBSCRIPTIONS_MAX:
            text = f"Too many subscriptions: a socket may have {SUBSCRIPTIONS_MAX} at most"
            await self._tell(error_frame(text, channel=channel))
            return
        await self._change_group("group_add", subscription.group)
        await self._tell(acknowledgement(method, channel))
        task = asyncio.create_task(self._run(subscription))
        self._followed[channel] = (subscription, task)

    async def _run(self, subscription: Subscription) -> None:
        """A subscription that fails takes the socket with it: the client connects again and goes on where it was."""
        try:
            await subscription.run()
        except Exception:
            logger.exception("A subscription failed", extra={"action": "subscription_failed"})
            await self.send({"type": "websocket.close", "code": INTERNAL_ERROR})

    async def _leave(self, channel: str) -> None:
        subscription, task = self._followed.pop(channel, (None, None))
        if subscription is None or task is None:
            return
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await self._change_group("group_discard", subscription.group)

    async def _change_group(self, change: Literal["group_add", "group_discard"], group: str) -> None:
        """What is not joined because Redis is away only makes the subscription slow."""
        if self.channel_layer is None:
            return
        try:
            await getattr(self.channel_layer, change)(group, self.channel_name)
        except AWAY as error:
            logger.debug("A group was not changed", extra={"action": f"{change}_failed", "reason": str(error)})

    async def _tell(self, frame: str) -> None:
        await self.send({"type": "websocket.send", "text": frame})
