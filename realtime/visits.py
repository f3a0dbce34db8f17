"""The stay of a client that has said who it is: what it asks for, and what it is told."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any
from uuid import uuid4

from django.conf import settings

from realtime.attendance import attendance
from realtime.closing import ACCESS_ENDED, Closing
from realtime.connection import AWAY
from realtime.database import in_database_thread
from realtime.following import Following, Subscription
from realtime.graph_subscriptions import GraphSubscription
from realtime.groups import user_group
from realtime.limits import Limits
from realtime.outbox import Outbox
from realtime.ownership import owns_graph, seq_of_own
from realtime.places import Holder, leave_place, take_place
from realtime.protocol import (
    KNOWN_ALREADY,
    Authenticate,
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
    notification_frame,
    pong,
)
from realtime.subscriptions import ExecutionSubscription
from realtime.visitors import Visitor, staying

Message = dict[str, Any]
Close = Callable[[Closing], Awaitable[None]]


class Visit:
    """One client's. The database is asked when it begins, at each subscription, and whether it may go on."""

    def __init__(self, visitor: Visitor, *, outbox: Outbox, following: Following, limits: Limits, close: Close) -> None:
        self.visitor = visitor
        self.following = following
        self.holder: Holder = (visitor.user.pk, uuid4().hex)
        self._user_id = str(visitor.user.pk)
        self._outbox = outbox
        self._limits = limits
        self._close = close

    async def begin(self) -> bool:
        """Take a place among the user's sockets. False: there is none."""
        if not await self._has_place():
            return False
        attendance().enter(self)
        await self.following.join(user_group(self._user_id))
        return True

    async def end(self) -> None:
        """Leave nothing behind, also if it did not quite begin."""
        attendance().leave(self)
        await self.following.leave_all()
        with suppress(*AWAY):
            await leave_place(self.holder)

    async def check(self) -> None:
        """Close the socket if what it was opened with is no good any more."""
        if self.visitor not in await in_database_thread(staying, {self.visitor}):
            await self.dismiss()

    async def dismiss(self) -> None:
        await self._close(ACCESS_ENDED)

    def wake(self, message: Message) -> None:
        if "graph" in message:
            channel = graph_channel(self._user_id, message["graph"])
        else:
            channel = execution_channel(self._user_id, message["execution"])
        subscription = self.following.get(channel)
        if subscription is not None:
            subscription.wake(message)

    def show(self, message: Message) -> None:
        """Pass on a piece of a text."""
        subscription = self.following.get(execution_channel(self._user_id, message["execution"]))
        if isinstance(subscription, ExecutionSubscription):
            subscription.show(message["event"])

    def notify(self, message: Message) -> None:
        self._outbox.offer(notification_frame(message["data"]))

    async def answer(self, request: Request | Refusal) -> None:
        match request:
            case Refusal():
                self._outbox.offer(error_frame(request.text))
            case Heartbeat():
                self._outbox.offer(pong())
            case Authenticate():
                self._outbox.offer(error_frame(KNOWN_ALREADY))
            case SubscribeExecution():
                await self._subscribe_execution(request)
            case SubscribeGraph():
                await self._subscribe_graph(request)
            case Unsubscribe():
                await self._unsubscribe(request)

    async def _subscribe_execution(self, request: SubscribeExecution) -> None:
        channel = execution_channel(self._user_id, request.graph_exec_id)
        seq = await seq_of_own(self.visitor.user, request.graph_exec_id)
        if seq is not None:
            subscription = ExecutionSubscription(request, seq=seq, channel=channel, outbox=self._outbox)
            await self._follow(Method.SUBSCRIBE_EXECUTION, subscription)
        else:
            self._outbox.offer(error_frame(f"Graph execution #{request.graph_exec_id} not found", channel=channel))

    async def _subscribe_graph(self, request: SubscribeGraph) -> None:
        channel = graph_channel(self._user_id, request.graph_id)
        if await owns_graph(self.visitor.user, request.graph_id):
            subscription = GraphSubscription(request.graph_id, channel=channel, outbox=self._outbox)
            await subscription.prepare()
            await self._follow(Method.SUBSCRIBE_GRAPH, subscription)
        else:
            self._outbox.offer(error_frame(f"Graph #{request.graph_id} not found", channel=channel))

    async def _unsubscribe(self, request: Unsubscribe) -> None:
        if request.graph_exec_id is not None:
            channel = execution_channel(self._user_id, request.graph_exec_id)
        else:
            channel = graph_channel(self._user_id, request.graph_id or "")
        await self.following.leave(channel)
        self._outbox.offer(acknowledgement(Method.UNSUBSCRIBE, channel))

    async def _follow(self, method: Method, subscription: Subscription) -> None:
        """Join the group before the first read, so that nothing falls between them."""
        await self.following.leave(subscription.channel)
        if len(self.following) >= self._limits.subscriptions:
            text = f"Too many subscriptions: a socket may have {self._limits.subscriptions} at most"
            self._outbox.offer(error_frame(text, channel=subscription.channel))
            return
        await self.following.join(subscription.group)
        self._outbox.offer(acknowledgement(method, subscription.channel))
        self.following.start(subscription)

    async def _has_place(self) -> bool:
        """While Redis cannot be reached, each process counts for itself."""
        try:
            return await take_place(self.holder)
        except AWAY:
            user_id, _ = self.holder
            limit = settings.SOCKETS_PER_USER_MAX
            return not limit or attendance().sockets_of(user_id) < limit
