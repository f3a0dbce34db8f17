"""What must be true once everything is quiet again, whatever was killed."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django.db import connection

from accounts.models import User
from credits.audit import audit
from executor.models import GraphExecution, NodeExecution
from executor.statuses import TERMINAL
from tests.chaos.blocks import CallOnceBlock
from tests.chaos.client import Client
from tests.chaos.installation import Installation
from tests.chaos.kinds import Kind, kind_faults
from tests.house.processes import wait_until

ANSWER_SECONDS = 60.0


def unfinished(user: User) -> list[Any]:
    """Executions that somebody must still end."""
    rows = GraphExecution.objects.for_user(user).roots().exclude(status__in=TERMINAL)
    return list(rows.values_list("id", "status", "fence", "claims", "owner"))


def wait_for_the_end(installation: Installation, user: User, *, seconds: float = ANSWER_SECONDS) -> None:
    """Keep everything up until all has ended; then nothing runs any more."""

    def all_ended() -> bool:
        installation.keep_up()
        return not unfinished(user)

    try:
        wait_until(all_ended, seconds=seconds)
    except AssertionError as error:
        raise AssertionError(f"Not ended after {seconds:g} seconds: {unfinished(user)[:20]}") from error
    installation.quiet_down()
    connection.close()


def assert_nothing_lost(client: Client, user: User) -> None:
    """What was accepted is there; what is there was asked for."""
    there = Counter(map(str, GraphExecution.objects.for_user(user).roots().values_list("id", flat=True)))
    accepted = [launch.execution_id for launch in client.accepted]
    lost = [id_ for id_ in accepted if id_ not in there]
    assert not lost, f"lost: {lost}"
    assert len(there) - len(accepted) <= len(client.history) - len(accepted), "more is there than was asked for"


def assert_ended_right(kinds: Mapping[str, Kind], user: User, number_of: Callable[[GraphExecution], int]) -> None:
    """Every execution has the outputs, the status and the cost that its graph gives without any kill."""
    found = []
    for execution in GraphExecution.objects.for_user(user).roots():
        found += kind_faults(kinds[str(execution.graph_id)], execution, number_of(execution))
    assert not found, "\n".join(found)


def assert_adds_up() -> None:
    """The audit of everything in the database finds nothing."""
    faults = [str(fault) for fault in audit(strict=True)]
    assert not faults, "\n".join(faults)


def assert_effects(installation: Installation) -> str:
    """Each try of a node calls the world at most once, each claim tries at most once, a ONCE block calls once.

    Returns what happened, in words.
    """
    calls = installation.world.calls
    rows = {str(row.pk): row for row in _called(calls)}
    found = [f"{key} is no node execution" for key in calls.keys() - rows.keys()]
    for key, row in rows.items():
        claims = (row.execution.root or row.execution).fence
        if not calls[key] <= row.attempt <= claims:
            found.append(f"{key}: {calls[key]} calls, {row.attempt} tries, {claims} claims")
        if row.node.block_id == CallOnceBlock.id and calls[key] > 1:
            found.append(f"{key}: a ONCE block called {calls[key]} times")
    assert not found, "\n".join(found)
    return f"{sum(calls.values())} effects, {installation.world.repeats} of them repeats with the same key"


def _called(calls: Iterable[str]) -> Iterable[NodeExecution]:
    rows = NodeExecution.objects.select_related("execution__root", "node")
    keys = list(calls)
    for first in range(0, len(keys), 500):
        yield from rows.filter(id__in=keys[first : first + 500])


def inputs_n(execution: GraphExecution) -> int:
    """The number it was launched with."""
    return int(execution.inputs["n"])
