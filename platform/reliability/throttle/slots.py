"""Once per signature and window, among all processes that share the database."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from threading import Lock
from typing import Protocol

from django.db import DatabaseError, transaction
from django.db.models import F
from django.utils import timezone

from reliability.throttle.models import SIGNATURE_CHARACTERS, Occurrence

logger = logging.getLogger(__name__)

WINDOW = timedelta(seconds=300)
NEVER = datetime(1970, 1, 1, tzinfo=UTC)
KEPT = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Slot:
    """The right to tell it now. suppressed: how often it happened since it was last told, at `before`."""

    signature: str
    taken_at: datetime
    before: datetime
    suppressed: int


class Keeper(Protocol):
    """Where it is known what was told."""

    def take(self, signature: str, *, window: timedelta, now: datetime) -> Slot | None: ...

    def give_back(self, slot: Slot) -> None: ...


class SharedKeeper:
    """In the database, for all processes."""

    def take(self, signature: str, *, window: timedelta, now: datetime) -> Slot | None:
        Occurrence.objects.bulk_create([Occurrence(signature=signature, told_at=NEVER)], ignore_conflicts=True)
        with transaction.atomic():
            found = Occurrence.objects.select_for_update().get(signature=signature)
            mine = Occurrence.objects.filter(pk=found.pk)
            if found.told_at > now - window:
                mine.update(suppressed=F("suppressed") + 1)
                return None
            mine.update(told_at=now, suppressed=0)
        return Slot(signature, taken_at=now, before=found.told_at, suppressed=found.suppressed)

    def give_back(self, slot: Slot) -> None:
        """Unless somebody has taken it meanwhile. What it was taken for counts as suppressed."""
        Occurrence.objects.filter(signature=slot.signature, told_at=slot.taken_at).update(
            told_at=slot.before, suppressed=F("suppressed") + slot.suppressed + 1
        )


class LonelyKeeper:
    """In the memory of this process, while the database cannot be asked."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._told: dict[str, datetime] = {}

    def take(self, signature: str, *, window: timedelta, now: datetime) -> Slot | None:
        with self._lock:
            self._told = {name: at for name, at in self._told.items() if at > now - window}
            if signature in self._told:
                return None
            self._told[signature] = now
        return Slot(signature, taken_at=now, before=NEVER, suppressed=0)

    def give_back(self, slot: Slot) -> None:
        with self._lock:
            self._told.pop(slot.signature, None)


_shared, _lonely = SharedKeeper(), LonelyKeeper()


@contextmanager
def throttled(signature: str, *, window: timedelta = WINDOW, now: datetime | None = None) -> Iterator[Slot | None]:
    """Give the slot to whoever may tell it, None to everybody else. An error inside gives it back, and is raised.

    Not within a transaction: a slot that is rolled back was never taken. While the database cannot be asked, each
    process counts for itself.
    """
    keeper, slot = _taken(signature[:SIGNATURE_CHARACTERS], window=window, now=now or timezone.now())
    try:
        yield slot
    except BaseException:
        if slot is not None:
            keeper.give_back(slot)
        raise


def forget(*, now: datetime) -> int:
    """Delete what did not happen for a day. How many."""
    return Occurrence.objects.filter(told_at__lt=now - KEPT).delete()[0]


def _taken(signature: str, *, window: timedelta, now: datetime) -> tuple[Keeper, Slot | None]:
    try:
        return _shared, _shared.take(signature, window=window, now=now)
    except DatabaseError as error:
        logger.warning("Not throttled together", extra={"action": "throttle_alone", "reason": type(error).__name__})
        return _lonely, _lonely.take(signature, window=window, now=now)
