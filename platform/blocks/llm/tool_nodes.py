"""The nodes of a graph that a model may call: what a block is told of them, and how it has them run."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from blocks.errors import BlockError
from blocks.llm.chat import Message

Output = tuple[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolNode:
    """A node that links lead to from the output `tools`."""

    node_id: str
    #: Its own, else that of its block, or of the graph that it runs.
    name: str
    description: str
    #: The inputs that those links feed: `{pin: JSON schema}`.
    pins: Mapping[str, Mapping[str, Any]]
    #: Those of them that must have a value.
    required: frozenset[str] = frozenset()
    #: What the schemas refer to.
    definitions: Mapping[str, Any] = field(default_factory=dict)
    #: Its other inputs that are set, without secret ones.
    constants: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """What a model has taken for one answer."""

    input: int = 0
    cached_input: int = 0
    output: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One answer of the model that calls tools, as it is remembered beside each node execution that it began.

    number: from 1.  message: the assistant's.
    """

    number: int
    message: Message
    tokens: Tokens


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeCall:
    """One call of a node. pins: the values for the pins that the model fills."""

    #: The id that the model gave the call.
    id: str
    node_id: str
    pins: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeResult:
    """What a called node has given. error: why it has failed; empty if it has not."""

    outputs: Sequence[Output]
    error: str = ""


class Tools(Protocol):
    """The tools of one node execution."""

    def offered(self) -> Sequence[ToolNode]:
        """In the order of their links."""

    def turns(self) -> Sequence[Turn]:
        """Those that earlier tries of this node execution have made, in order."""

    async def call(self, turn: Turn, call: NodeCall) -> NodeResult:
        """Run the node as a node execution of its own, which costs what it costs; one that was begun is not run twice.

        Raises BlockError when nothing may start any more. What is wrong with the call itself is an error in the result.
        """


class NoTools:
    """Implements Tools where there are none."""

    def offered(self) -> Sequence[ToolNode]:
        return ()

    def turns(self) -> Sequence[Turn]:
        return ()

    async def call(self, turn: Turn, call: NodeCall) -> NodeResult:
        raise BlockError("Nodes can be called only by a block that runs in a graph.")
