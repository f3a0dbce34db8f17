"""What the executor tells the rest of the house. Nobody below listens."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from asgiref.sync import async_to_sync
from django.db import transaction
from django.dispatch import Signal

logger = logging.getLogger(__name__)

#: Sent after each commit with `batches: list[CommittedBatch]`; listeners are coroutines.
changes_committed = Signal()

#: Sent with `execution_ids: list[str]` when their values were taken out of the rows; listeners are coroutines, and
#: forget the values, too.
values_withheld = Signal()

#: Sent after the commit with `event`, one of the dataclasses below.
execution_events = Signal()


@dataclass(frozen=True, slots=True, kw_only=True)
class CommittedBatch:
    """What one commit changed in one execution. events: `executor.telling.payloads`, in the order of their seq."""

    execution_id: str
    graph_id: str
    user_id: str
    events: list[dict[str, Any]]


@dataclass(frozen=True, kw_only=True)
class ExecutionFinished:
    """A started execution has reached its final status; told once, for roots only."""

    execution_id: str
    user_id: str
    graph_id: str
    status: str
    cost: int  # credits
    error_code: str


async def announce(batches: Sequence[CommittedBatch]) -> None:
    """Tell the listeners of committed changes. A listener that fails is logged and changes nothing."""
    for receiver, answer in await changes_committed.asend_robust(sender=None, batches=list(batches)):
        if isinstance(answer, Exception):
            logger.warning(
                "A listener of committed changes failed",
                exc_info=answer,
                extra={"action": "announce_failed", "receiver": str(receiver)},
            )


def announce_on_commit(batch: CommittedBatch) -> None:
    """The same for a change that a verb makes outside the journal, once its transaction has committed."""
    transaction.on_commit(lambda: async_to_sync(announce)([batch]))


def publish(event: ExecutionFinished) -> None:
    """Tell listeners after the commit; one that fails is logged by Django and changes nothing."""
    transaction.on_commit(lambda: execution_events.send_robust(sender=type(event), event=event))
