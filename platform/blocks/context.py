"""What a running block is given beside its inputs: who it runs for, and the services it may use."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any, Protocol

from blocks.llm.chat import ChatModels

MISSING: Any = object()


class Memory(Protocol):
    """What blocks remember between executions, per user."""

    async def get(self, key: str) -> Any:
        """The value kept under `key`, or MISSING."""

    async def put(self, key: str, value: Any) -> None:
        """Keep a JSON value under `key`."""


class GraphRunner(Protocol):
    """Runs another graph of the same user inside this execution."""

    def run(self, graph_id: str, version: int | None, inputs: dict[str, Any]) -> AsyncIterator[tuple[str, Any]]:
        """Yield the graph's outputs, `(output name, value)`, as they are made. Cancelling stops it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """The doors of a block to the world; the engine opens them, tests put fakes behind them."""

    models: ChatModels
    memory: Memory
    graphs: GraphRunner


@dataclass(slots=True)
class Stats:
    """What a block reports of its work; it ends on the node execution's row."""

    llm_call_count: int = 0
    llm_retry_count: int = 0
    input_token_count: int = 0
    output_token_count: int = 0
    extra: dict[str, Any] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """Only what was counted."""
        counts = {
            name: value
            for name in ("llm_call_count", "llm_retry_count", "input_token_count", "output_token_count")
            if (value := getattr(self, name))
        }
        return counts | self.extra


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """One node execution, as its block sees it."""

    user_id: str
    graph_id: str
    graph_version: int
    node_id: str
    execution_id: str
    #: The stable key for whatever the block does outside: it does not change when the node is tried again.
    node_execution_id: str
    timezone: str
    services: Services
    stats: Stats
