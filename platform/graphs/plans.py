"""The compiled plans of stored versions. A version never changes, so each is compiled and checked once per process."""

from collections.abc import Iterator
from functools import lru_cache
from uuid import UUID

from blocks.registry import registry
from graphs.models import GraphVersion
from graphs.plan import Plan, compile_plan
from graphs.references import Reference, reference_of
from graphs.storage import document_of, find_versions
from graphs.validation import NodeErrors, check, refuse

#: Versions that a process remembers, the least used forgotten first.
PLANS_KEPT = 256

#: What a version's nodes run, as far as its owner has it.
Resolved = dict[Reference, GraphVersion]


def plan_for(version: GraphVersion) -> Plan:
    """The version, compiled."""
    return _compiled(version.id)


def plan_of(version_id: UUID) -> Plan:
    """The same for one that is known by its id."""
    return _compiled(version_id)


def plans_for_run(version_id: UUID) -> dict[tuple[str, int | None], Plan]:
    """As `plans_with_sub_graphs`; the database is only asked if the version runs other graphs inside itself."""
    plan = plan_of(version_id)
    if not _references(plan):
        return {(plan.graph_id, plan.version): plan}
    return plans_with_sub_graphs(GraphVersion.objects.select_related("graph").get(id=version_id))


def plans_with_sub_graphs(version: GraphVersion) -> dict[tuple[str, int | None], Plan]:
    """The plans of this version and of every graph that it may run inside itself: `{(graph id, version): plan}`.

    Where a node asks for a graph's active version, that plan is also found under the version None. Deleted graphs are
    there too, for the sake of what runs already.
    """
    plans: dict[tuple[str, int | None], Plan] = {}
    for plan, resolved in _reachable(version, with_deleted=True):
        plans[plan.graph_id, plan.version] = plan
        for reference, found in resolved.items():
            plans[reference.graph_id, reference.version] = plan_for(found)
    return plans


def runnable_plan(version: GraphVersion) -> Plan:
    """The version's plan, if it and every graph that it runs inside itself can be run. Raises GraphInvalid."""
    errors: NodeErrors = {}
    for plan, resolved in _reachable(version):
        sub_versions = tuple((reference, found.id) for reference, found in resolved.items())
        errors |= _errors(plan.version_id, sub_versions)
    refuse(version.name, errors)
    return plan_for(version)


def _reachable(version: GraphVersion, *, with_deleted: bool = False) -> Iterator[tuple[Plan, Resolved]]:
    """This version, then what it runs inside itself, each once; graphs of other users are left out.

    Graphs may run each other in a circle; the engine bounds how deep.
    """
    waiting, seen = [version], {version.id}
    while waiting:
        plan = plan_for(waiting.pop(0))
        resolved = _resolved(plan, version.graph.owner_id, with_deleted)
        yield plan, resolved
        for found in resolved.values():
            if found.id not in seen:
                seen.add(found.id)
                waiting.append(found)


def _resolved(plan: Plan, owner_id: UUID, with_deleted: bool) -> Resolved:
    references = _references(plan)
    return find_versions(references, owner_id=owner_id, with_deleted=with_deleted) if references else {}


@lru_cache(maxsize=PLANS_KEPT)
def _references(plan: Plan) -> tuple[Reference, ...]:
    """What its nodes run, each once."""
    wanted = dict.fromkeys(reference_of(node.block.id, node.defaults) for node in plan.nodes.values())
    return tuple(reference for reference in wanted if reference is not None)


@lru_cache(maxsize=PLANS_KEPT)
def _compiled(version_id: UUID) -> Plan:
    version = GraphVersion.objects.get(id=version_id)
    return compile_plan(document_of(version), registry, version_id=version_id)


@lru_cache(maxsize=PLANS_KEPT)
def _errors(version_id: UUID, sub_versions: tuple[tuple[Reference, UUID], ...]) -> NodeErrors:
    """What keeps this version from running with these versions as its sub-graphs."""
    document = document_of(GraphVersion.objects.get(id=version_id))
    found = GraphVersion.objects.in_bulk([sub_id for _, sub_id in sub_versions])
    sub_graphs = {reference: document_of(found[sub_id]) for reference, sub_id in sub_versions}
    return check(document, registry, for_run=True, sub_graphs=sub_graphs)
