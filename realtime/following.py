"""All that one socket follows, by channel key: tasks that run, and groups that are joined."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator
from contextvars import Context
from typing import Any, Literal

from realtime.connection import AWAY
from realtime.graph_subscriptions import GraphSubscription
from realtime.subscriptions import ExecutionSubscription

logger = logging.getLogger(__name__)

#: A client waits no longer for a group to be joined, should Redis hang.
JOIN_SECONDS = 1.0

Subscription = ExecutionSubscription | GraphSubscription


class Following:
    """layer: the channel layer.  failed: called when a subscription has failed."""

    def __init__(self, *, layer: Any, channel_name: str, failed: Callable[[], Awaitable[None]]) -> None:
        self._layer = layer
        self._channel_name = channel_name
        self._failed = failed
        self._followed: dict[str, tuple[Subscription, asyncio.Task[None]]] = {}
        #: Groups to be in, and the last try to join each: whether that went well.
        self._groups: dict[str, asyncio.Task[bool]] = {}

    def __len__(self) -> int:
        return len(self._followed)

    def __iter__(self) -> Iterator[Subscription]:
        return iter([subscription for subscription, _ in self._followed.values()])

    def get(self, channel: str) -> Subscription | None:
        subscription, _ = self._followed.get(channel, (None, None))
        return subscription

    async def join(self, group: str) -> None:
        """What is not joined because Redis is away or hangs is joined later; until then nobody wakes, and comparing
        must do."""
        joining = self._groups[group] = asyncio.create_task(self._join(group))
        await asyncio.wait({joining}, timeout=JOIN_SECONDS)
        if joining.done():
            joining.result()

    @property
    def missing(self) -> list[str]:
        """Groups that could not be joined."""
        return [group for group, tried in self._groups.items() if tried.done() and not tried.result()]

    async def join_missing(self) -> None:
        await asyncio.gather(*map(self.join, self.missing))

    def start(self, subscription: Subscription) -> None:
        """Its group was joined before, so that nothing falls between that and its first read."""
        task = asyncio.create_task(self._run(subscription))
        self._followed[subscription.channel] = (subscription, task)

    async def leave(self, channel: str) -> None:
        """Nothing happens if it is not followed."""
        subscription, task = self._followed.pop(channel, (None, None))
        if subscription is None or task is None:
            return
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await self.leave_group(subscription.group)

    async def leave_group(self, group: str) -> None:
        """Nothing happens if it is not joined."""
        if self._groups.pop(group, None) is not None:
            await self._change("group_discard", group)

    async def leave_all(self) -> None:
        for channel in list(self._followed):
            await self.leave(channel)
        for group in list(self._groups):
            await self.leave_group(group)

    async def _run(self, subscription: Subscription) -> None:
        """What has come to its end takes no place any more. A failure ends the socket: the client comes back."""
        try:
            await subscription.run()
        except Exception:
            logger.exception("A subscription failed", extra={"action": "subscription_failed"})
            await self._failed()
        else:
            del self._followed[subscription.channel]
            await self.leave_group(subscription.group)

    async def _join(self, group: str) -> bool:
        """False if Redis is away. What was left before it was joined is left again."""
        is_joined = await self._change("group_add", group)
        if is_joined and group not in self._groups:
            await self._change("group_discard", group)
        return is_joined

    async def _change(self, change: Literal["group_add", "group_discard"], group: str) -> bool:
        """False if Redis is away.

        In a context of its own: what the layer begins with its first group serves all sockets, and its log lines must
        not name this one.
        """
        changing = getattr(self._layer, change)(group, self._channel_name)
        try:
            await asyncio.create_task(changing, context=Context())
        except AWAY as error:
            logger.debug("A group was not changed", extra={"action": f"{change}_failed", "reason": str(error)})
            return False
        return True
