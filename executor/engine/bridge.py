"""The doors of a block that runs in a thread: each call is made in the loop of the engine."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from blocks.context import Budget, Context, GraphRunner, LiveText, Memory, Reviews, Verdict
from blocks.errors import BlockError
from blocks.llm.chat import ChatModels, ChatReply, ChatRequest
from blocks.llm.images import ImageModels, ImageRequest, Picture
from blocks.llm.tool_nodes import NoTools
from blocks.mcp.servers import McpServers
from blocks.web import File
from blocks.workspace import Workspace

T = TypeVar("T")


class Bridge:
    """The way from a thread to the loop of the engine, until the node ends."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._is_open = True

    def close(self) -> None:
        self._is_open = False

    async def call(self, work: Callable[..., Coroutine[Any, Any, T]], *args: Any) -> T:
        """Call it there. Raises BlockError once the node has ended."""
        if not self._is_open:
            raise BlockError("The node has ended.")
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work(*args), self._loop))

    def call_soon(self, work: Callable[..., None], *args: Any) -> None:
        """Call it there, without waiting for it; not at all once the node has ended."""
        if self._is_open:
            self._loop.call_soon_threadsafe(work, *args)


def bridged(context: Context, bridge: Bridge) -> Context:
    """The same context for the thread."""
    doors = context.services
    services = replace(
        doors,
        models=BridgedModels(bridge, doors.models),
        memory=BridgedMemory(bridge, doors.memory),
        graphs=BridgedGraphs(bridge, doors.graphs),
        reviews=NoReviews(),
        workspace=BridgedWorkspace(bridge, doors.workspace),
        images=BridgedImages(bridge, doors.images),
        mcp=BridgedMcpServers(bridge, doors.mcp),
    )
    budget, live = BridgedBudget(bridge, context.budget), BridgedLiveText(bridge, context.live)
    return replace(context, services=services, budget=budget, live=live, tools=NoTools())


@dataclass(frozen=True, slots=True)
class BridgedModels:
    """Implements blocks.llm.chat.ChatModels."""

    bridge: Bridge
    models: ChatModels

    async def complete(self, request: ChatRequest) -> ChatReply:
        return await self.bridge.call(self.models.complete, request)


@dataclass(frozen=True, slots=True)
class BridgedImages:
    """Implements blocks.llm.images.ImageModels."""

    bridge: Bridge
    images: ImageModels

    async def draw(self, request: ImageRequest) -> Picture:
        return await self.bridge.call(self.images.draw, request)


@dataclass(frozen=True, slots=True)
class BridgedMcpServers:
    """Implements blocks.mcp.servers.McpServers."""

    bridge: Bridge
    servers: McpServers

    async def call(self, server: str, tool: str, arguments: Mapping[str, Any]) -> Any:
        return await self.bridge.call(self.servers.call, server, tool, arguments)


@dataclass(frozen=True, slots=True)
class BridgedMemory:
    """Implements blocks.context.Memory."""

    bridge: Bridge
    memory: Memory

    async def get(self, key: str) -> Any:
        return await self.bridge.call(self.memory.get, key)

    async def put(self, key: str, value: Any) -> None:
        await self.bridge.call(self.memory.put, key, value)


@dataclass(frozen=True, slots=True)
class BridgedWorkspace:
    """Implements blocks.workspace.Workspace."""

    bridge: Bridge
    workspace: Workspace

    async def keep(self, file: File) -> str:
        return await self.bridge.call(self.workspace.keep, file)

    async def read(self, reference: str) -> File:
        return await self.bridge.call(self.workspace.read, reference)


@dataclass(frozen=True, slots=True)
class BridgedBudget:
    """Implements blocks.context.Budget."""

    bridge: Bridge
    budget: Budget

    async def require(self) -> None:
        await self.bridge.call(self.budget.require)


@dataclass(frozen=True, slots=True)
class BridgedLiveText:
    """Implements blocks.context.LiveText."""

    bridge: Bridge
    live: LiveText

    @property
    def is_on(self) -> bool:
        return self.live.is_on

    def show(self, text: str) -> None:
        self.bridge.call_soon(self.live.show, text)


@dataclass(frozen=True, slots=True)
class BridgedGraphs:
    """Implements blocks.context.GraphRunner."""

    bridge: Bridge
    graphs: GraphRunner

    async def run(
        self, graph_id: str, version: int | None, inputs: dict[str, Any], *, masks: dict[str, Any]
    ) -> AsyncIterator[tuple[str, Any]]:
        outputs = self.graphs.run(graph_id, version, inputs, masks=masks)
        while (output := await self.bridge.call(_next, outputs)) is not None:
            yield output


async def _next(outputs: AsyncIterator[tuple[str, Any]]) -> tuple[str, Any] | None:
    return await anext(outputs, None)


class NoReviews(Reviews):
    """A block that waits for a person holds no thread meanwhile."""

    def ask(self, data: Any, *, instructions: str, editable: bool) -> Verdict | None:
        raise BlockError("A block that runs in a thread cannot ask for a review.")
