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

#: Sent with `seqs: dict[str, int]` when the values of these executions were taken out of the rows; listeners are
#: coroutines, and forget what the changes up to these seqs have told, also if they hear of it only later.
values_withheld = Signal()

#: Sent with `texts: list[TextShown]` while blocks write; listeners are coroutines. They may be lost: nobody keeps them.
texts_shown = Signal()

#: Sent after the commit with `event`, one of the dataclasses below.
execution_events = Signal()


@dataclass(frozen=True, slots=True, kw_only=True)
class CommittedBatch:
    """What one commit changed in one execution. events: `executor.telling.payloads`, in the order of their seq."""

    execution_id: str
    graph_id: str
    user_id: str
    events: list[dict[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class TextShown:
    """The next piece of a text that a block is writing. Nothing of it is stored; the node's outputs take its place."""

    execution_id: str
    node_execution_id: str
    node_id: str
    #: Of the node execution, and which text it is of those that it has shown. Another one replaces it.
    attempt: int
    answer: int
    #: Of the piece, from 0. Where one is missing, something of the text is.
    number: int
    text: str


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
    _log_failed(await changes_committed.asend_robust(sender=None, batches=list(batches)), "announce_failed")


async def show_texts(texts: Sequence[TextShown]) -> None:
    """Tell the listeners of what blocks are writing. A listener that fails is logged and changes nothing."""
    _log_failed(await texts_shown.asend_robust(sender=None, texts=list(texts)), "texts_not_shown")


def announce_on_commit(batch: CommittedBatch) -> None:
    """The same for a change that a verb makes outside the journal, once its transaction has committed."""
    transaction.on_commit(lambda: async_to_sync(announce)([batch]))


def publish(event: ExecutionFinished) -> None:
    """Tell listeners after the commit; one that fails is logged by Django and changes nothing."""
    transaction.on_commit(lambda: execution_events.send_robust(sender=type(event), event=event))


def _log_failed(answers: Sequence[tuple[object, object]], action: str) -> None:
    for receiver, answer in answers:
        if isinstance(answer, Exception):
            extra = {"action": action, "receiver": str(receiver)}
            logger.warning("A listener failed", exc_info=answer, extra=extra)
