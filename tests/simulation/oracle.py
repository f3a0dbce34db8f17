"""What must hold when a simulated execution has ended, and what must not depend on crashes."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any

from blocks.base import Effect
from executor.engine.restart import INTERRUPTED_MESSAGE
from executor.engine.state import GraphRun, NodeRun
from executor.statuses import TERMINAL, Status
from tests.simulation.blocks import Traced
from tests.simulation.graphs import Family
from tests.simulation.world import World

Facts = dict[str, Any]
#: Why an execution of a poor account may fail.
SHORT = ("insufficient_balance", "cost_limit")


def facts(world: World) -> Facts:
    """What a crash must not change: outputs as multisets by name, the final status, what it cost, what was run."""
    store, case = world.store, world.case
    root, children = world.ended
    return {
        "status": store.status,
        "outputs": {name: Counter(map(str, values)) for name, values in root.outputs().items()},
        "cost": (store.root["cost"], store.root["fees"], store.ledger.standing.balance),
        "nodes": Counter((case.names[run.node.id], run.status.value, run.cost) for run in _runs(root, children)),
        "counted": (store.root["counted"], root.stats()),
        "errors": Counter(run.error for run in _runs(root, children) if run.status is Status.FAILED),
    }


def faults(world: World) -> Iterator[str]:
    """All that is wrong with a world whose execution has ended, as sentences."""
    yield from world.store.checks.faults
    yield from world.traces.faults
    yield from world.loop.uncaught
    root, children = world.ended
    runs = list(_runs(root, children))
    yield from _unfinished(root, children, runs)
    yield from _repeated(world, runs)
    yield from _attempts(world, runs)
    yield from _books(world, runs)
    yield from _misheard(world)


def short_faults(world: World) -> Iterator[str]:
    """Of a poor account: it ends as the account says, and never below it."""
    if world.store.ledger.standing.balance < 0:
        yield "the account is overdrawn"
    status, code = world.store.status, world.store.root["error_code"]
    if (status, code) != (Status.COMPLETED, "") and (status is not Status.FAILED or code not in SHORT):
        yield f"a poor execution ended {status} {code}"
    if world.case.max_cost is not None and world.store.root["cost"] > world.case.max_cost:
        yield f"it cost {world.store.root['cost']}, more than {world.case.max_cost}"


def _runs(root: GraphRun, children: list[GraphRun]) -> Iterator[NodeRun]:
    for graph in (root, *children):
        yield from graph.runs


def _unfinished(root: GraphRun, children: list[GraphRun], runs: list[NodeRun]) -> Iterator[str]:
    for graph in (root, *children):
        if graph.status not in TERMINAL:
            yield f"a graph execution is left {graph.status}"
    for run in runs:
        if run.status not in (Status.INCOMPLETE, *TERMINAL):
            yield f"{run.node.name} is left {run.status}"


def _repeated(world: World, runs: list[NodeRun]) -> Iterator[str]:
    """A block begins once, and once more at most for each time that the execution was taken up again."""
    again = len(world.processes) - 1
    names = {run.id: run.node.name for run in runs}
    for id, begins in world.traces.begins.items():
        if begins > 1 + again:
            yield f"{names[id]} began {begins} times with {again} crashes"
    for id, begins in world.traces.once_begins.items():
        if begins > 1:
            yield f"{names[id]} must not run twice, and began {begins} times"
    for id in world.traces.acts:
        if id not in names:
            yield "something was done under a key that no row has"


def _attempts(world: World, runs: list[NodeRun]) -> Iterator[str]:
    """Rows say what has begun; what a crash has interrupted is not paid for."""
    again = len(world.processes) - 1
    is_undisturbed = not again and world.case.family is not Family.STOPPED
    for run in runs:
        block, begins = run.node.block, world.traces.begins[run.id]
        is_traced = isinstance(block, Traced) and run.node.id not in world.case.skipped_nodes
        if is_undisturbed and is_traced and run.attempt != begins:
            yield f"{run.node.name} has {run.attempt} attempts, and began {begins} times"
        if run.error == INTERRUPTED_MESSAGE and (not again or block.effect is not Effect.ONCE or run.cost):
            yield f"{run.node.name} was interrupted, and it should not be, or not be paid for"


def _books(world: World, runs: list[NodeRun]) -> Iterator[str]:
    """Every node execution costs what the ledger took for it, once; nothing is set aside any more."""
    ledger, root = world.store.ledger, world.store.root
    if ledger.open_holds() or ledger.standing.held:
        yield f"{ledger.standing.held} credits are still set aside"
    taken: dict[str, int] = defaultdict(int)
    for key, credits in ledger.taken().items():
        taken[key.removesuffix(":settle").removesuffix(":hold")] += credits
    fees = sum(taken.pop(key) for key in list(taken) if key.startswith("execution-fee:"))
    costs = {f"node-execution:{run.id}": run.cost for run in runs if run.cost}
    if costs != {key: credits for key, credits in taken.items() if credits}:
        yield f"node executions cost {costs}, and the ledger took {dict(taken)}"
    total = fees + sum(costs.values())
    if (root["cost"], root["fees"], ledger.given - ledger.standing.balance) != (total, fees, total):
        yield f"it cost {root['cost']} with fees of {root['fees']}, the ledger took {total} with fees of {fees}"
    if ledger.standing.node_executions != root["counted"] or root["counted"] != sum(run.attempt > 0 for run in runs):
        yield f"{root['counted']} node executions were counted, {ledger.standing.node_executions} in the account"


def _misheard(world: World) -> Iterator[str]:
    """Live clients hear only what is committed, from each process in order and without gaps."""
    told = {(str(graph), seq): (run, str(status)) for graph, seq, run, status, _ in world.store.checks.told}
    for process in world.processes:
        last: dict[str, int] = {}
        for graph, seq, run, status in process.heard:
            if told.get((graph, seq)) != (run, status):
                yield f"seq {seq} was told as {status}, and {told.get((graph, seq))} was committed"
            if seq != last.get(graph, seq - 1) + 1:
                yield f"seq {seq} was told after {last[graph]}"
            last[graph] = seq
