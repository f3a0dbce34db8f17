"""Telling Redis of what was committed: events into the execution's stream, then a wake without data to its groups."""

import logging
from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.db import transaction

from accounts.events import AccessEnded
from executor.errors import ExecutionNotFound
from executor.events import CommittedBatch, TextShown
from realtime import stream
from realtime.connection import AWAY
from realtime.groups import execution_group, graph_group, user_group
from realtime.protocol import text_event
from realtime.restoring import drop_lost
from reliability.sql import json_text, json_value

logger = logging.getLogger(__name__)


class Outage:
    """Says once that Redis went away, and once that it is back."""

    def __init__(self) -> None:
        self._is_on = False

    def begins(self, error: Exception) -> None:
        if not self._is_on:
            self._is_on = True
            logger.warning(
                "Live events are dropped: Redis cannot be reached",
                extra={"action": "publish_failed", "reason": str(error)},
            )

    def ends(self) -> None:
        if self._is_on:
            self._is_on = False
            logger.info("Live events are published again", extra={"action": "publish_resumed"})


_outage = Outage()


async def publish_changes(sender: object, *, batches: list[CommittedBatch], **kwargs: Any) -> None:
    """Listen to `executor.events.changes_committed`. What cannot be published is dropped: the rows hold the truth."""
    try:
        for some in _by_execution(batches):
            added = [batch for batch in some if await _is_added(batch)]
            for group, wake in wakes(added):
                await get_channel_layer().group_send(group, wake)
    except AWAY as error:
        _outage.begins(error)
    else:
        _outage.ends()


async def publish_texts(sender: object, *, texts: list[TextShown], **kwargs: Any) -> None:
    """Listen to `executor.events.texts_shown`. They go to the groups themselves, since nothing else holds them."""
    try:
        for text in texts:
            message = {"type": "text", "execution": text.execution_id, "event": text_event(text)}
            await get_channel_layer().group_send(execution_group(text.execution_id), message)
    except AWAY as error:
        _outage.begins(error)


async def forget_values(sender: object, *, seqs: dict[str, int], **kwargs: Any) -> None:
    """Listen to `executor.events.values_withheld`: the rows say what is left. What is out of reach expires."""
    try:
        await stream.forget(seqs)
    except AWAY as error:
        _outage.begins(error)


def notify(user_id: UUID, notification: dict[str, Any]) -> None:
    """Tell all sockets of a user after the commit; no more than once, and perhaps not at all.

    notification: `{"type": …, "event": …}`, and whatever else belongs to it; small, since it is not shortened.
    """
    message = {"type": "notification", "data": json_value(json_text(notification))}
    transaction.on_commit(lambda: _tell_user(str(user_id), message))


def tell_access_ended(sender: object, *, event: AccessEnded, **kwargs: Any) -> None:
    """Listen to `accounts.events.access_ended`: the user's sockets ask at once whether they may stay open."""
    _tell_user(event.user_id, {"type": "access_ended"})


async def _is_added(batch: CommittedBatch) -> bool:
    """Add the events of a batch to its stream. False: there are none, or they come from an owner of the past."""
    if not batch.events:
        return False
    if await stream.append(batch.execution_id, batch.events):
        return True
    if await _is_lost(batch.execution_id):
        return await stream.append(batch.execution_id, batch.events)
    extra = {"action": "publish_refused", "execution": batch.execution_id}
    logger.debug("Events of an earlier owner were refused", extra=extra)
    return False


async def _is_lost(execution_id: str) -> bool:
    """Whether the stream was of what a restored database does not know, and is gone."""
    try:
        return await drop_lost(execution_id)
    except ExecutionNotFound:
        return False


def wakes(batches: Sequence[CommittedBatch]) -> list[tuple[str, dict[str, Any]]]:
    """`(group, message)` of batches of one execution: for those who follow it, and for those who follow its graph.

    seq: the newest.  seqs: those of the changes of the graph execution.
    """
    if not batches:
        return []
    last = batches[-1]
    wake = {"type": "wake", "execution": last.execution_id, "seq": last.events[-1]["seq"]}
    events = [event for batch in batches for event in batch.events]
    seqs = [event["seq"] for event in events if event["event_type"] == "graph_execution_update"]
    of_graph = [(graph_group(last.graph_id), wake | {"graph": last.graph_id, "seqs": seqs})] if seqs else []
    return [(execution_group(last.execution_id), wake), *of_graph]


def _by_execution(batches: Iterable[CommittedBatch]) -> list[list[CommittedBatch]]:
    found: dict[str, list[CommittedBatch]] = {}
    for batch in batches:
        found.setdefault(batch.execution_id, []).append(batch)
    return list(found.values())


def _tell_user(user_id: str, message: dict[str, Any]) -> None:
    try:
        async_to_sync(get_channel_layer().group_send)(user_group(user_id), message)
    except AWAY as error:
        _outage.begins(error)
