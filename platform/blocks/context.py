"""What a running block is given beside its inputs: who it runs for, and the services it may use."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Protocol

from blocks.credentials import Credential
from blocks.llm.chat import ChatModels
from blocks.llm.images import ImageModels, NoImages
from blocks.llm.tool_nodes import NoTools, Tools
from blocks.mcp.servers import McpServers, NoMcpServers
from blocks.prices import Usage
from blocks.web import ClosedWeb, Web
from blocks.workspace import ClosedWorkspace, Workspace

MISSING: Any = object()


class Memory(Protocol):
    """What blocks remember between executions, per user."""

    async def get(self, key: str) -> Any:
        """The value kept under `key`, or MISSING."""

    async def put(self, key: str, value: Any) -> None:
        """Keep a JSON value under `key`."""


class GraphRunner(Protocol):
    """Runs another graph of the same user inside this execution."""

    def run(
        self, graph_id: str, version: int | None, inputs: dict[str, Any], *, masks: dict[str, Any]
    ) -> AsyncIterator[tuple[str, Any]]:
        """Yield the graph's outputs, `(output name, value)`, as they are made. Cancelling stops it.

        masks: `{node id: {pin: value}}`, laid over whatever its nodes receive.
        """


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a person has decided about a value. data: as the person left it."""

    is_approved: bool
    data: Any
    message: str = ""


class Reviews(Protocol):
    """Asks the owner of the execution."""

    def ask(self, data: Any, *, instructions: str, editable: bool) -> Verdict | None:
        """What was decided about `data`.

        None: it is not decided yet. The block must then end; it runs again once it is.
        """


class Budget(Protocol):
    """What may be spent on one node execution."""

    async def require(self) -> None:
        """Ask before using more of what is paid for by use. Raises BlockError when the credits for it are not there."""


class NoBudget:
    """Implements Budget where nothing is paid for."""

    async def require(self) -> None:
        return None


class LiveText(Protocol):
    """What people who look at the execution see of a text that a block is still writing."""

    @property
    def is_on(self) -> bool:
        """Whether anybody may see it. If not, nobody needs to be asked for it in pieces."""

    def show(self, text: str) -> None:
        """Say how far it has come; this never waits. A text that does not go on from the one before replaces it.

        It is not an output: it may never be seen, and is gone when the node has ended.
        """


class NoLiveText:
    """Implements LiveText where nobody looks."""

    is_on = False

    def show(self, text: str) -> None:
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """The doors of a block to the world; the engine opens them, tests put fakes behind them."""

    models: ChatModels
    memory: Memory
    graphs: GraphRunner
    reviews: Reviews
    web: Web = field(default_factory=ClosedWeb)
    workspace: Workspace = field(default_factory=ClosedWorkspace)
    images: ImageModels = field(default_factory=NoImages)
    mcp: McpServers = field(default_factory=NoMcpServers)
    #: What programs of users may read from; none where they have no network.
    program_hosts: frozenset[str] = frozenset()


_COUNTS = (
    "llm_call_count",
    "llm_retry_count",
    "input_token_count",
    "cached_input_token_count",
    "output_token_count",
    "bytes",
    "items",
)


@dataclass(slots=True)
class Stats:
    """What a block reports of its work; it ends on the node execution's row, and some prices are reckoned by it.

    A value that cannot be counted by raises ValueError where the block sets it.
    """

    llm_call_count: int = 0
    llm_retry_count: int = 0
    input_token_count: int = 0
    #: Those of the input tokens that the provider had cached, and takes less for.
    cached_input_token_count: int = 0
    output_token_count: int = 0
    bytes: int = 0
    items: int = 0
    #: US dollars that a provider took for the work.
    usd: Decimal = Decimal(0)
    #: The model that was asked.
    model: str = ""
    extra: dict[str, Any] = field(default_factory=dict)

    def __setattr__(self, name: str, value: Any) -> None:
        if name in _COUNTS and (type(value) is not int or value < 0):
            raise ValueError(f"stats.{name} must be a whole number of at least 0, not {value!r}.")
        if name == "usd" and not (isinstance(value, Decimal) and value.is_finite() and value >= 0):
            raise ValueError(f"stats.usd must be a Decimal of at least 0, not {value!r}.")
        object.__setattr__(self, name, value)

    def as_dict(self) -> dict[str, Any]:
        """Only what was counted; dollars as text."""
        counted = {name: value for name in (*_COUNTS, "model") if (value := getattr(self, name))}
        dollars = {"usd": str(self.usd)} if self.usd else {}
        return counted | dollars | self.extra

    def usage(self, milliseconds: int) -> Usage:
        """What a price is reckoned by. milliseconds: how long the block ran."""
        return Usage(
            milliseconds=milliseconds,
            bytes=self.bytes,
            items=self.items,
            input_tokens=self.input_token_count,
            cached_input_tokens=self.cached_input_token_count,
            output_tokens=self.output_token_count,
            model=self.model,
            usd=self.usd,
        )


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
    budget: Budget = field(default_factory=NoBudget)
    #: Decrypted for this node execution: `{credentials pin: credential}`.
    credentials: Mapping[str, Credential] = field(default_factory=dict)
    #: The nodes that it may have run, of a block whose output `tools` leads to them.
    tools: Tools = field(default_factory=NoTools)
    #: What is seen of its text before its outputs are there.
    live: LiveText = field(default_factory=NoLiveText)
