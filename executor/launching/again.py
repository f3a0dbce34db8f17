"""Running a finished execution again: all of it, or only what failed, or what comes after a node."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction

from executor.engine.state import GraphRun, NodeRun
from executor.errors import InputInvalid, NothingToRun, StillRunning
from executor.large.reading import read_large
from executor.large.references import LargeValues
from executor.launching.beginning import begin
from executor.launching.ceilings import check_ceilings
from executor.launching.first_rows import FirstRows
from executor.launching.launch import admit, launch
from executor.launching.making import make_execution
from executor.launching.replay import Earlier, Replay
from executor.launching.requests import started_before, started_by
from executor.launching.runnable import plan_to_run
from executor.launching.seeds import seeds
from executor.models import GraphExecution, NodeExecution, NodeOutput, Trigger
from executor.presets.models import Preset
from executor.statuses import Status
from graphs.plan import Plan


def run_again(execution: GraphExecution, *, from_node: UUID | None = None, **wishes: Any) -> GraphExecution:
    """Start it again with the same version, inputs, masks and skipped nodes.

    from_node: the id of a node; what has finished is then taken over, unless it is this node or comes after it.
    wishes: as `retry` takes them.  Raises what `retry` raises.
    """
    if from_node is not None:
        return _go_on(execution, from_node=str(from_node), **wishes)
    _require_finished_root(execution)
    return launch(
        execution.user,
        execution.version,
        inputs=execution.inputs,
        input_masks=execution.input_masks,
        skipped_nodes=execution.skipped_nodes,
        is_dry_run=execution.is_dry_run,
        trigger=Trigger.AGAIN,
        preset=_preset(execution),
        continues=execution,
        **_ceilings(execution, wishes),
    )


def retry(execution: GraphExecution, **wishes: Any) -> GraphExecution:
    """Start it again with everything that it has finished: what failed or was stopped runs, and what comes after it.

    Nothing that is taken over is paid for again.
    wishes: max_cost, max_seconds (those of the execution unless given), priority, api_key, key, request_digest, ring,
    as `launch` takes them.
    Raises StillRunning, NothingToRun, InputInvalid, and whatever `launch` raises.
    """
    return _go_on(execution, from_node=None, **wishes)


def _go_on(execution: GraphExecution, *, from_node: str | None, ring: bool = True, **wishes: Any) -> GraphExecution:
    """What has ended does not change, so it is read before the transaction: on SQLite nobody else writes during one."""
    request = (execution.user, wishes.get("key"), wishes.get("request_digest", ""))
    if (first := started_by(*request)) is not None:
        return first
    new, rows = _taken_over(execution, from_node=from_node, **wishes)
    with transaction.atomic():
        if (first := started_before(*request)) is not None:
            return first
        admit(new)
        return begin(new, rows, ring=ring)


def _taken_over(execution: GraphExecution, *, from_node: str | None, **wishes: Any) -> tuple[GraphExecution, FirstRows]:
    """The new execution, not stored yet, with what it has from the earlier one."""
    _require_finished_root(execution)
    skipped = frozenset(execution.skipped_nodes)
    plan = plan_to_run(execution.version, masks=execution.input_masks, skipped=skipped, is_dry_run=execution.is_dry_run)
    new = _like(execution, _ceilings(execution, wishes))
    earlier, large = _earlier(execution)
    replay = Replay(
        _graph_run(new, plan, large),
        earlier,
        again=_from(plan, from_node),
        input_bytes=settings.NODE_INPUT_MAX_BYTES,
    )
    replay.run(
        seeds(plan, new.inputs, new.input_masks, skipped=skipped, is_dry_run=new.is_dry_run),
    )
    if not replay.queued:
        raise NothingToRun("Everything in the execution has finished well, so there is nothing to run again.")
    new.seq, new.stats = replay.graph.seq, replay.graph.stats()
    return new, FirstRows([_row(new, run) for run in replay.graph.runs], replay.outputs)


def _require_finished_root(execution: GraphExecution) -> None:
    if execution.parent_id is not None:
        raise InputInvalid("A sub-graph runs again with the execution that it ran in.", fields={})
    if not execution.is_finished:
        raise StillRunning


def _ceilings(execution: GraphExecution, wishes: dict[str, Any]) -> dict[str, Any]:
    """The wishes, with the execution's own ceilings where none are wished."""
    own = {"max_cost": execution.max_cost, "max_seconds": execution.max_seconds}
    return wishes | {name: ceiling if wishes.get(name) is None else wishes[name] for name, ceiling in own.items()}


def _like(execution: GraphExecution, wishes: dict[str, Any]) -> GraphExecution:
    """A new execution of the same, not stored yet."""
    check_ceilings(max_cost=wishes["max_cost"], max_seconds=wishes["max_seconds"])
    return make_execution(
        execution.user,
        execution.version,
        trigger=Trigger.AGAIN,
        inputs=execution.inputs,
        input_masks=execution.input_masks,
        skipped_nodes=execution.skipped_nodes,
        is_dry_run=execution.is_dry_run,
        preset=_preset(execution),
        continues=execution,
        **wishes,
    )


def _preset(execution: GraphExecution) -> Preset | None:
    """None if it was deleted since the execution was read."""
    if execution.preset_id is None:
        return None
    return Preset.objects.filter(id=execution.preset_id).first()


def _graph_run(execution: GraphExecution, plan: Plan, large: LargeValues) -> GraphRun:
    return GraphRun(
        id=execution.id,
        plan=plan,
        user_id=execution.user_id,
        version_id=execution.version_id,
        status=Status.QUEUED,
        inputs=execution.inputs,
        input_masks=execution.input_masks,
        skipped_nodes=frozenset(execution.skipped_nodes),
        created_at=datetime.now(UTC),
        trigger=execution.trigger,
        is_dry_run=execution.is_dry_run,
        large=large,
    )


def _earlier(execution: GraphExecution) -> tuple[list[Earlier], LargeValues]:
    """What ran in it, sub-graphs aside: a finished one is taken over as its node's outputs."""
    outputs: dict[UUID, list[NodeOutput]] = defaultdict(list)
    emitted = NodeOutput.objects.filter(node_execution__execution=execution)
    for output in emitted.order_by("node_execution", "index"):
        outputs[output.node_execution_id].append(output)
    rows = list(NodeExecution.objects.filter(execution=execution))
    large = read_large(execution, rows, outputs)
    return [Earlier(row, outputs[row.id]) for row in rows if row.queued_at is not None], large


def _from(plan: Plan, node_id: str | None) -> frozenset[str]:
    """The node and all that come after it. Raises InputInvalid."""
    if node_id is None:
        return frozenset()
    if node_id not in plan.nodes:
        message = f"The graph has no node {node_id}."
        raise InputInvalid(f"from_node: {message}", fields={"from_node": message})
    found, waiting = {node_id}, [node_id]
    while waiting:
        after = _after(plan, waiting.pop())
        waiting += [sink_id for sink_id in after if sink_id not in found]
        found |= set(after)
    return frozenset(found)


def _after(plan: Plan, node_id: str) -> Iterable[str]:
    return dict.fromkeys(link.sink_id for link in plan.nodes[node_id].output_links)


def _row(execution: GraphExecution, run: NodeRun) -> NodeExecution:
    return NodeExecution(
        id=run.id,
        execution=execution,
        node_id=run.node.row_id,
        number=run.number,
        status=run.status,
        inputs=run.graph.large.referred(run.received if run.status is Status.INCOMPLETE else run.inputs),
        stats=run.stats,
        error=run.error,
        seq=run.seq,
        added_at=run.added_at,
        queued_at=run.queued_at,
        started_at=run.started_at,
        ended_at=run.ended_at,
    )
