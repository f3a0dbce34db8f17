"""Stand-ins for what lies behind a block's services: a memory, a runner of graphs, and the context around them."""

from collections.abc import AsyncIterator, Iterable, Mapping
from typing import Any, cast

from blocks.context import MISSING, Context, GraphRunner, Services, Stats, Verdict
from blocks.credentials import Credential
from blocks.errors import BlockError
from blocks.llm.chat import ChatModels, ChatReply, ChatRequest
from blocks.llm.fake import FakeChatModels
from blocks.web import ClosedWeb, File, Web
from blocks.workspace import reference_to


class FakeMemory:
    """What blocks remember, in a dict. `values` may be looked at afterwards."""

    def __init__(self, values: dict[str, Any] | None = None) -> None:
        self.values = dict(values or {})

    async def get(self, key: str) -> Any:
        return self.values.get(key, MISSING)

    async def put(self, key: str, value: Any) -> None:
        self.values[key] = value


class FakeGraphs:
    """Yields the same outputs for every graph. `calls` holds what was asked: `(graph_id, version, inputs, masks)`."""

    def __init__(self, outputs: Iterable[tuple[str, Any]] = ()) -> None:
        self.outputs = list(outputs)
        self.calls: list[tuple[str, int | None, dict[str, Any], dict[str, Any]]] = []

    async def run(
        self, graph_id: str, version: int | None, inputs: dict[str, Any], *, masks: dict[str, Any]
    ) -> AsyncIterator[tuple[str, Any]]:
        self.calls.append((graph_id, version, inputs, masks))
        for output in self.outputs:
            yield output


class FakeReviews:
    """Decides at once: whatever is called "reject" is rejected."""

    def ask(self, data: Any, *, instructions: str, editable: bool) -> Verdict:
        return Verdict(instructions != "reject", data, "Looks bad." if instructions == "reject" else "Looks good.")


class FakeWorkspace:
    """Keeps files in a dict, under the references that it gives."""

    def __init__(self) -> None:
        self.files: dict[str, File] = {}

    async def keep(self, file: File) -> str:
        reference = reference_to(file)
        self.files[reference] = file
        return reference

    async def read(self, reference: str) -> File:
        if reference not in self.files:
            raise BlockError("There is no such file in this execution.")
        return self.files[reference]


class FakeMcpServers:
    """Each tool of each server gives back what it was called with."""

    async def call(self, server: str, tool: str, arguments: Mapping[str, Any]) -> Any:
        return {"server": server, "tool": tool, "arguments": dict(arguments)}


class NoModels:
    """For blocks that must not ask a model."""

    async def complete(self, request: ChatRequest) -> ChatReply:
        raise AssertionError(f"a model was asked: {request}")


def make_context(
    *,
    memory: dict[str, Any] | None = None,
    models: ChatModels | None = None,
    graphs: GraphRunner | None = None,
    web: Web | None = None,
    credentials: Mapping[str, Credential] | None = None,
    timezone: str = "UTC",
) -> Context:
    """A node execution of Ada's, in graph `graph-1`. The memory is `context.services.memory`, a FakeMemory."""
    services = Services(
        models=models or NoModels(),
        memory=FakeMemory(memory),
        graphs=graphs or FakeGraphs(),
        reviews=FakeReviews(),
        web=web or ClosedWeb(),
        images=FakeChatModels(),
        workspace=FakeWorkspace(),
        mcp=FakeMcpServers(),
    )
    return Context(
        user_id="user-ada",
        graph_id="graph-1",
        graph_version=1,
        node_id="node-1",
        execution_id="execution-1",
        node_execution_id="node-execution-1",
        timezone=timezone,
        services=services,
        stats=Stats(),
        credentials=credentials or {},
    )


def memory_of(context: Context) -> FakeMemory:
    return cast(FakeMemory, context.services.memory)
