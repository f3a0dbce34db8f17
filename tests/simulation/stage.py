"""What the engine reaches for from everywhere, set for one simulated world: the time, the settings, the listeners."""

import gc
import logging
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Executor
from contextlib import contextmanager
from typing import Any

from django.conf import UserSettingsHolder
from django.conf import settings as django_settings

from executor.engine.state import Clock
from executor.events import CommittedBatch, changes_committed
from executor.journal import journal
from tests.simulation.process import PROCESS
from tests.simulation.store import LEASE_SECONDS
from tests.simulation.world import World

#: New objects after which garbage is looked for: each world leaves little of it, and lives a few milliseconds.
OBJECTS_AT_ONCE = 500_000


class NoThread(Executor):
    """In the place of the journal's thread: the loop of a world runs in time whatever is for threads."""

    def __init__(self, name: str) -> None:
        pass


@contextmanager
def alone() -> Iterator[None]:
    """Nobody else hears of simulated executions, nor does the log. What was there before is no garbage to look for."""
    others, changes_committed.receivers = changes_committed.receivers, []
    often, thread = gc.get_threshold(), journal.WriterThread
    gc.freeze()
    gc.set_threshold(OBJECTS_AT_ONCE, *often[1:])
    logging.disable(logging.CRITICAL)
    journal.WriterThread = NoThread  # type: ignore[assignment, misc]
    try:
        changes_committed.connect(_heard, dispatch_uid="simulation")
        yield
    finally:
        changes_committed.receivers = others
        journal.WriterThread = thread  # type: ignore[misc]
        logging.disable(logging.NOTSET)
        gc.set_threshold(*often)
        gc.unfreeze()


@contextmanager
def entered(world: World) -> Iterator[None]:
    """Time is the world's, and so are the settings."""
    chance, real = world.chance, Clock.read
    settings = {
        "NODES_IN_FLIGHT": 10 if world.is_calm else chance.choice((1, 2, 3, 10)),
        "JOURNAL_LINGER_MILLISECONDS": 0 if world.is_calm else chance.choice((0, 6)),
        "LEASE_SECONDS": LEASE_SECONDS,
        "LEASE_RENEW_SECONDS": 10,
    }
    with _settings(settings):
        Clock.read = world.wall_time
        try:
            yield
        finally:
            Clock.read = real


@contextmanager
def _settings(values: Mapping[str, Any]) -> Iterator[None]:
    """What `override_settings` does, without telling everybody twice in each world."""
    before = django_settings._wrapped
    django_settings._wrapped = holder = UserSettingsHolder(before)
    try:
        for name, value in values.items():
            setattr(holder, name, value)
        yield
    finally:
        django_settings._wrapped = before


async def _heard(batches: Sequence[CommittedBatch], **_: Any) -> None:
    process = PROCESS.get()
    if process.is_dead:
        return
    for batch in batches:
        for event in batch.events:
            process.heard.append((batch.execution_id, event["seq"], event.get("node_exec_id"), event["status"]))
