"""One block by itself: a graph of one node, which nobody sees in a list, runs like any other."""

import time
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid5

from django.db import IntegrityError, transaction

from blocks.base import Block, BlockType
from blocks.registry import registry
from executor.errors import BlockFailed, BlockNotRunnable, InputInvalid
from executor.launching.launch import launch
from executor.models import GraphExecution, NodeOutput, Trigger
from executor.statuses import Status
from executor.telling.payloads import gathered
from graphs.document import GraphDocument, NodeDocument
from graphs.errors import GraphInvalid
from graphs.models import Graph, GraphVersion
from graphs.storage import write_version

if TYPE_CHECKING:
    from accounts.models import User

#: What the ids of such graphs and of their nodes are derived from.
NAMESPACE = UUID("6f1d5b2e-7c8a-4c1e-9a53-0d2f4e6b8a17")
_RUNNABLE = frozenset((BlockType.STANDARD, BlockType.AI, BlockType.MCP_TOOL))
#: Between two looks at the execution's row.
FIRST_PAUSE_SECONDS = 0.02
LONGEST_PAUSE_SECONDS = 0.5


def launch_block(user: "User", block_id: str, inputs: dict[str, Any], **options: Any) -> GraphExecution:
    """Start an execution of one block. inputs: `{pin: value}`.  options: as `launch` takes them.

    Raises UnknownBlock, BlockNotRunnable, InputInvalid with the names of pins, and whatever `launch` raises.
    """
    block = registry.get(block_id)
    if block.disabled or block.block_type not in _RUNNABLE:
        why = "is disabled" if block.disabled else "makes sense inside a graph only"
        raise BlockNotRunnable(f"The block {block.name} {why}.")
    version = version_for(user, block)
    node_id = str(_node_id(version.graph_id))
    try:
        return launch(user, version, inputs={}, trigger=Trigger.BLOCK, input_masks={node_id: inputs}, **options)
    except GraphInvalid as error:
        raise _about_pins(error.data["node_errors"].get(node_id, {}), error) from error
    except InputInvalid as error:
        prefix = f"input_masks.{node_id}."
        raise _about_pins(
            {pin.removeprefix(prefix): text for pin, text in error.data["fields"].items()}, error
        ) from error


def version_for(user: "User", block: Block) -> GraphVersion:
    """The user's graph of this one block. It is made once, whoever asks for it at the same time."""
    graph_id = uuid5(NAMESPACE, f"{user.pk}:{block.id}")
    versions = GraphVersion.objects.select_related("graph").filter(graph_id=graph_id, number=1)
    if (found := versions.first()) is not None:
        return found
    try:
        with transaction.atomic():
            graph = Graph.objects.create(id=graph_id, owner=user, name=f"Block {block.name}", is_sub_graph=True)
            write_version(graph, _document(graph, block))
    except IntegrityError:
        pass
    return versions.get()


def wait_for_end(execution: GraphExecution, *, seconds: float) -> GraphExecution | None:
    """The execution once it has ended; None if that takes longer. Looks at its row again and again."""
    deadline, pause = time.monotonic() + seconds, FIRST_PAUSE_SECONDS
    while not (current := GraphExecution.objects.get(id=execution.id)).is_finished:
        if time.monotonic() + pause > deadline:
            return None
        time.sleep(pause)
        pause = min(pause * 1.5, LONGEST_PAUSE_SECONDS)
    return current


def block_outputs(execution: GraphExecution) -> dict[str, list[Any]]:
    """`{output name: [values]}` of a finished one. Raises BlockFailed."""
    (run,) = execution.node_executions.all()
    emitted = NodeOutput.objects.filter(node_execution=run).order_by("index").values_list("name", "data")
    outputs = gathered(emitted)
    if run.status == Status.COMPLETED:
        return outputs
    raise BlockFailed(
        run.error or execution.error,
        execution_id=str(execution.id),
        graph_id=str(execution.graph_id),
        error_code=execution.error_code,
        outputs=outputs,
    )


def _document(graph: Graph, block: Block) -> GraphDocument:
    node = NodeDocument(id=str(_node_id(graph.id)), block_id=block.id, input_default={}, metadata={})
    return GraphDocument(id=str(graph.id), version=1, name=graph.name, nodes=(node,), links=())


def _node_id(graph_id: UUID) -> UUID:
    return uuid5(graph_id, "node")


def _about_pins(fields: dict[str, str], error: InputInvalid | GraphInvalid) -> InputInvalid:
    """The same error, told of the block instead of the graph around it."""
    sentence = " ".join(f"{pin}: {text}" if pin else text for pin, text in fields.items())
    return InputInvalid(sentence or error.message, fields=fields)
