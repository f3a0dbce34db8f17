"""Trying a seed: a random graph in a world where things go wrong, and, where that is the promise, in a calm one too."""

import hashlib
from collections.abc import Iterator, Sequence
from random import Random

from tests.simulation.faults import Fault, some_faults
from tests.simulation.graphs import Case, Family, random_case
from tests.simulation.oracle import facts, faults, short_faults
from tests.simulation.stage import entered
from tests.simulation.world import World


def stormy_world(seed: int, family: Family) -> World:
    """The world of this seed. Nothing has happened in it yet."""
    chance = Random(f"storm {family.value} {seed}")
    return stormy(random_case(seed, family), chance, some_faults(chance))


def stormy(case: Case, chance: Random, troubles: Sequence[Fault]) -> World:
    """One with these troubles. What is to be stopped is stopped soon, or late."""
    stops = case.family is Family.STOPPED
    cancel_after = chance.choice((0.01, 1.0, 30.0)) * chance.random() if stops else None
    return World(case, chance, troubles, cancel_after=cancel_after)


def calm_world(case: Case) -> World:
    """One without troubles, in which everything happens in turn."""
    return World(case, Random(0), is_calm=True)


def run(world: World) -> World:
    with entered(world):
        world.run()
    return world


def trouble(world: World, calm: World | None = None) -> list[str]:
    """Run the world; what is wrong with it then, as sentences. calm: one of the same case that has been run already."""
    try:
        run(world)
    except RuntimeError as error:
        return [str(error)]
    found = list(faults(world))
    if world.case.family is Family.POOR:
        found += short_faults(world)
    if world.case.family is Family.SAME and not found:
        found += differences(calm or run(calm_world(world.case)), world)
    return found


def differences(first: World, second: World) -> list[str]:
    before, after = facts(first), facts(second)
    return [f"{name}: {before[name]} became {after[name]}" for name in before if before[name] != after[name]]


def story(world: World) -> Iterator[str]:
    """What was committed, line by line, with short names in the order in which they appear."""
    short: dict[object, str] = {}
    for graph, seq, run_id, status, index in world.store.checks.told:
        graph_name = short.setdefault(graph, f"graph {len(short)}")
        subject = short.setdefault(run_id, f"{world.store.checks.names[run_id]} ({len(short)})") if run_id else ""
        yield f"{graph_name} {seq}: {subject} {status} {'' if index is None else f'output {index}'}".rstrip()
    for fault, process in zip(world.faults, world.processes, strict=False):
        yield f"process {process.number}: {process.commits} commits, {fault}"
    yield f"ended after {world.loop.time()} seconds and {len(world.processes)} processes"


def digest(world: World) -> str:
    """The story as a number: the same seed tells the same story."""
    return hashlib.sha256("\n".join(story(world)).encode()).hexdigest()
