"""Telling Redis of what was committed: events into the execution's stream, then a wake without data to its groups."""

import logging
from typing import Any

from channels.layers import get_channel_layer

from executor.events import CommittedBatch
from realtime import stream
from realtime.connection import AWAY
from realtime.groups import execution_group, graph_group

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
        for batch in batches:
            await _publish(batch)
    except AWAY as error:
        _outage.begins(error)
    else:
        _outage.ends()


async def forget_values(sender: object, *, execution_ids: list[str], **kwargs: Any) -> None:
    """Listen to `executor.events.values_withheld`: the rows say what is left. What is out of reach expires."""
    try:
        await stream.forget(execution_ids)
    except AWAY as error:
        _outage.begins(error)


async def _publish(batch: CommittedBatch) -> None:
    if not batch.events:
        return
    if not await stream.append(batch.execution_id, batch.events):
        logger.debug(
            "Events of an earlier owner were refused",
            extra={"action": "publish_refused", "execution": batch.execution_id},
        )
        return
    for group, wake in wakes(batch):
        await get_channel_layer().group_send(group, wake)


def wakes(batch: CommittedBatch) -> list[tuple[str, dict[str, Any]]]:
    """`(group, message)`: one for those who follow the execution, and one for every change of the graph execution."""
    wake = {"type": "wake", "execution": batch.execution_id, "seq": batch.events[-1]["seq"]}
    return [
        (execution_group(batch.execution_id), wake),
        *(
            (graph_group(batch.graph_id), wake | {"graph": batch.graph_id, "seq": event["seq"]})
            for event in batch.events
            if event["event_type"] == "graph_execution_update"
        ),
    ]
