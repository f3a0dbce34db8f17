"""What a block is.

A block is a class without state. Its pins are two pydantic models, its work is an async generator, and what the engine
needs to know of it (may it repeat, what does it cost, do its links stay) is declared beside them.
"""

from collections.abc import AsyncIterator, Collection, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field

from blocks.context import Context
from blocks.prices import Price
from blocks.provider_webhooks import ProviderWebhook


class Effect(StrEnum):
    """Whether a block may run again after a crash."""

    #: Text, logic, data. Nobody can see that it ran twice; if it is free, it may run before its start is committed.
    PURE = "PURE"
    #: Talks outward with a stable key (`Context.node_execution_id`), so that repeating it changes nothing.
    IDEMPOTENT = "IDEMPOTENT"
    #: Cannot be repeated: a crash in the middle ends it FAILED `interrupted`.
    ONCE = "ONCE"


class RunsIn(StrEnum):
    """Where the code of a block runs."""

    #: In the worker's event loop, between those of all other blocks: it must wait with `await` only.
    LOOP = "LOOP"
    #: In a thread of its own, because it waits without `await` or calculates for long.
    THREAD = "THREAD"


class BlockType(StrEnum):
    """What the engine and the pages treat specially. The values are those of the AutoGPT Platform."""

    STANDARD = "Standard"
    INPUT = "Input"
    OUTPUT = "Output"
    NOTE = "Note"
    AGENT = "Agent"
    AI = "AI"
    WEBHOOK = "Webhook"
    HUMAN = "Human In The Loop"
    MCP_TOOL = "MCP Tool"


class Category(StrEnum):
    """What a block is about, for lists and search."""

    AI = "AI"
    BASIC = "BASIC"
    INPUT = "INPUT"
    OUTPUT = "OUTPUT"
    LOGIC = "LOGIC"
    TEXT = "TEXT"
    DATA = "DATA"
    SEARCH = "SEARCH"
    SOCIAL = "SOCIAL"
    COMMUNICATION = "COMMUNICATION"
    DEVELOPER_TOOLS = "DEVELOPER_TOOLS"
    AGENT = "AGENT"
    CRM = "CRM"
    PRODUCTIVITY = "PRODUCTIVITY"
    MULTIMEDIA = "MULTIMEDIA"
    MARKETING = "MARKETING"
    SAFETY = "SAFETY"


class Pins(BaseModel):
    """The inputs or outputs of a block: one field a pin. Unknown names are ignored."""

    model_config = ConfigDict(extra="ignore", arbitrary_types_allowed=True, protected_namespaces=())


def Pin(  # noqa: N802 - reads as a declaration, like pydantic's Field
    default: Any = ...,
    *,
    description: str = "",
    title: str | None = None,
    placeholder: str | None = None,
    secret: bool = False,
    advanced: bool | None = None,
    hidden: bool = False,
    default_factory: Any = None,
    **limits: Any,
) -> Any:
    """Declare a pin of a block.

    secret: the value never leaves through an export, an event or a log.
    advanced: shown on request only; unless stated, every pin with a default is.
    limits: pydantic's own (`ge`, `le`, `min_length`, `max_length`, `alias`, `validation_alias` ...).
    """
    required = default is ... and default_factory is None
    extra: dict[str, Any] = {
        "secret": secret,
        "hidden": hidden,
        "advanced": (not required) if advanced is None else advanced,
        **({"placeholder": placeholder} if placeholder is not None else {}),
    }
    source: dict[str, Any] = (
        {"default_factory": default_factory} if default_factory is not None else {"default": default}
    )
    return Field(**source, description=description, title=title, json_schema_extra=extra, **limits)


@dataclass(frozen=True, kw_only=True)
class Example:
    """One use of a block, shown in its documentation and run as a test.

    output: the emitted `(name, value)` pairs in order; a value may also be a type, or a function that tells if it fits.
    """

    input: dict[str, Any]
    output: list[tuple[str, Any]]
    #: What the block remembers before it runs: `{key: value}` of `Context.services.memory`.
    memory: dict[str, Any] = field(default_factory=dict)
    #: What servers answer: `{"GET https://api.example.org/path": body}`, the address without its query. A body is JSON,
    #: or a text, or bytes; `(status, body)` for another status than 200, `(status, body, headers)` with headers.
    #: `{secret}` in an address stands for the secret of its credentials.
    web: dict[str, Any] = field(default_factory=dict)


class Block:
    """One kind of work. Subclasses end in `Block`; their `name` is the class's without that ending."""

    id: ClassVar[str]
    name: ClassVar[str]
    description: ClassVar[str]
    categories: ClassVar[frozenset[Category]] = frozenset()
    block_type: ClassVar[BlockType] = BlockType.STANDARD
    effect: ClassVar[Effect] = Effect.ONCE
    runs_in: ClassVar[RunsIn] = RunsIn.LOOP
    #: Of an effect that its owner may want to approve first: see `sensitive_review` of graphs and executions.
    is_sensitive: ClassVar[bool] = False
    #: Every link out of this block keeps its last value for all later executions of the sink.
    static_output: ClassVar[bool] = False
    #: Of an INPUT block: without a constant, an execution must be given a value for it.
    requires_value: ClassVar[bool] = False
    #: Not offered, not saved, not run.
    disabled: ClassVar[bool] = False
    #: Of a WEBHOOK block: what a provider is to tell it. Without, anybody calls who can sign.
    webhook: ClassVar[ProviderWebhook | None] = None
    #: Runs only in executions of staff.
    admin_only: ClassVar[bool] = False
    #: The setting that must be on for it to run; empty: it needs none.
    switch: ClassVar[str] = ""
    #: Linked inputs that a run does not wait for; `lacking` then says whether it waits all the same.
    unawaited: ClassVar[frozenset[str]] = frozenset()
    #: The input that takes in, by their names, values for inputs that are not declared; and the one that holds the JSON
    #: schema of what it takes. Empty: there are no such inputs.
    open_input: ClassVar[str] = ""
    open_schema: ClassVar[str] = ""
    #: It waits for other nodes while it runs, and so takes no place among those in flight.
    runs_nodes: ClassVar[bool] = False
    #: What it emits in a dry run; without it, values are made up from the types of its outputs.
    simulated: ClassVar[Mapping[str, Any] | None] = None
    #: The first price whose filter matches the inputs applies; no price means free.
    prices: ClassVar[tuple[Price, ...]] = ()
    #: Seconds one node execution may take; None for no limit of its own.
    timeout_seconds: ClassVar[float | None] = 300
    examples: ClassVar[tuple[Example, ...]] = ()

    Input: ClassVar[type[Pins]] = Pins
    Output: ClassVar[type[Pins]] = Pins

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "name" not in cls.__dict__:
            cls.name = cls.__name__.removesuffix("Block")

    def lacking(self, input: Any, received: Collection[str]) -> str:
        """Of a block with `unawaited` inputs: what a run still waits for, as a sentence; empty if for nothing.

        received: the pins that links have delivered to.
        """
        return ""

    def run(self, input: Any, context: Context) -> AsyncIterator[tuple[str, Any]]:
        """Do the work: an async generator that yields `(output name, value)`.

        input: an instance of `self.Input`.
        Raises BlockError for an expected trouble; yielding the name `error` means the same.
        """
        raise NotImplementedError
