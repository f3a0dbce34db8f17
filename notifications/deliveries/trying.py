"""One try of a delivery."""

import logging
import time
from dataclasses import replace
from datetime import UTC, datetime

from django.conf import settings
from django.db import InterfaceError, OperationalError

from executor.hosting.services import door
from executor.hosting.threads import DatabaseThread
from notifications.channels.errors import SendFailed
from notifications.deliveries.backoff import wanted_pause
from notifications.deliveries.calls import Call, outgoing_for
from notifications.deliveries.claiming import Claimed
from notifications.deliveries.outcomes import Outcome
from notifications.deliveries.recording import record
from notifications.messages.letters import Letter
from notifications.models import ANSWER_BYTES
from reliability.errors import SluiceError
from reliability.net.door import Reply
from reliability.sql import storable_text

logger = logging.getLogger(__name__)


async def attempt(claimed: Claimed, database: DatabaseThread, *, now: datetime | None = None) -> bool:
    """Send it and write down what came of it. Whether it was taken. now: instead of the clock, of what is decided."""
    started_at, clock = datetime.now(UTC), time.monotonic()
    try:
        outgoing = await database.run(outgoing_for, claimed, now=now or started_at)
        if outgoing is None:
            return False
        if isinstance(outgoing, Letter):
            status = await outgoing.send()
            outcome = Outcome(started_at=started_at, milliseconds=_since(clock), status_code=status)
        else:
            outcome = _outcome(await _send(outgoing), started_at, _since(clock))
    except (OperationalError, InterfaceError):
        raise  # the database is away, for all of them
    except Exception as error:
        outcome = _failure(error, claimed, started_at, _since(clock))
    return await database.run(record, claimed, outcome)


async def _send(call: Call) -> Reply:
    """Raises OutwardRefused and OutwardFailed."""
    return await door().hand_over(
        call.url,
        headers=call.headers(now=datetime.now(UTC)),
        content=call.body,
        timeout_seconds=settings.ENDPOINT_TIMEOUT_SECONDS,
        first_bytes=ANSWER_BYTES,
    )


def _outcome(reply: Reply, started_at: datetime, milliseconds: int) -> Outcome:
    wanted = wanted_pause(reply.headers.get("retry-after", ""), now=datetime.now(UTC))
    answer = storable_text(reply.body.decode("utf-8", "replace"))
    return Outcome(
        started_at=started_at, milliseconds=milliseconds, status_code=reply.status, answer=answer, wanted=wanted
    )


def _failure(error: Exception, claimed: Claimed, started_at: datetime, milliseconds: int) -> Outcome:
    told = Outcome(started_at=started_at, milliseconds=milliseconds, error=_told(error, claimed))
    if isinstance(error, SendFailed):
        return replace(told, status_code=error.status_code, wanted=error.retry_after, is_final=error.is_final)
    return told


def _told(error: Exception, claimed: Claimed) -> str:
    """For its owner. A fault of ours is logged, and counts as a failure, so that it is not tried for ever."""
    if isinstance(error, SluiceError):
        return error.message
    extra = {"action": "delivery_failed", "delivery": str(claimed.delivery_id)}
    logger.error("A delivery could not be tried", exc_info=error, extra=extra)
    return "Sluice could not send it."


def _since(clock: float) -> int:
    return int((time.monotonic() - clock) * 1000)
