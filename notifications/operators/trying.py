"""One try of an alert: with each of its targets that has not taken it."""

import asyncio
import logging
import time
from datetime import UTC, datetime

from django.conf import settings

from executor.hosting.threads import DatabaseThread
from notifications.channels.errors import SendFailed
from notifications.channels.messages import Message
from notifications.channels.sending import send
from notifications.channels.targets import Target
from notifications.operators.claiming import Claimed
from notifications.operators.models import AlertState, OperatorAlert
from notifications.operators.outcomes import Outcome
from notifications.operators.recording import record
from notifications.operators.targets import door_to, targets_of
from notifications.operators.wording import message_of
from reliability.net.door import Door

logger = logging.getLogger(__name__)


async def attempt(claimed: Claimed, database: DatabaseThread, *, now: datetime | None = None) -> bool:
    """Send it and write down what came of it. Whether all have taken it. now: instead of the clock."""
    found = await database.run(_ready, claimed)
    if found is None:
        return False
    message, targets = found
    outcomes = await _sent(message, targets)
    return await database.run(record, claimed, outcomes, now=now)


def _ready(claimed: Claimed) -> tuple[Message, tuple[Target, ...]] | None:
    """None if it is somebody else's by now, or nobody is to be told any more."""
    mine = OperatorAlert.objects.waiting().filter(id=claimed.alert_id, fence=claimed.fence)
    alert = mine.first()
    if alert is None:
        return None
    targets = targets_of(alert.channel)
    if not targets:
        mine.update(state=AlertState.KEPT, next_at=None, claimed_until=None)
        return None
    return message_of(alert), tuple(target for target in targets if target.mark not in alert.taken_by)


async def _sent(message: Message, targets: tuple[Target, ...]) -> list[Outcome]:
    door = door_to(targets)
    try:
        return await asyncio.gather(*(_try(message, target, door) for target in targets))
    finally:
        await door.close()


async def _try(message: Message, target: Target, door: Door) -> Outcome:
    started_at, clock = datetime.now(UTC), time.monotonic()
    status, error, wanted, is_final = None, "", None, False
    try:
        status = await send(target, message, door=door, seconds=settings.ALERT_TIMEOUT_SECONDS)
    except SendFailed as failure:
        status, error, wanted, is_final = failure.status_code, failure.message, failure.retry_after, failure.is_final
    except Exception as fault:
        # of its words nothing is kept, which may quote an address
        extra = {"action": "alert_try_failed", "target": str(target), "error": type(fault).__name__}
        logger.error("An alert could not be sent", extra=extra)
        error = f"Sluice could not send it ({type(fault).__name__})."
    return Outcome(
        mark=target.mark,
        target=str(target),
        started_at=started_at,
        milliseconds=int((time.monotonic() - clock) * 1000),
        status_code=status,
        error=error,
        wanted=wanted,
        is_final=is_final,
    )
