"""One POST through the outward door, and what its answer means."""

from collections.abc import Mapping
from datetime import UTC, datetime
from http import HTTPStatus

from notifications.channels.errors import SendFailed
from notifications.channels.targets import Target
from notifications.deliveries.backoff import wanted_pause
from reliability.net.door import Door
from reliability.net.errors import OutwardFailed, OutwardRefused

#: Of the answer, what is read.
ANSWER_BYTES = 1024
#: What a receiver refuses today it will take another time.
PASSING = {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.CONFLICT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS}


async def post(door: Door, target: Target, *, headers: Mapping[str, str], content: bytes, seconds: float) -> int:
    """The status of an answer that says yes. Raises SendFailed."""
    try:
        reply = await door.hand_over(
            target.address.reveal(),
            headers={"content-type": "application/json", **headers},
            content=content,
            timeout_seconds=seconds,
            first_bytes=ANSWER_BYTES,
        )
    except OutwardRefused as error:
        raise SendFailed(error.message, is_final=True) from None
    except OutwardFailed as error:
        raise SendFailed(error.message) from None
    if 200 <= reply.status < 300:
        return reply.status
    raise SendFailed(
        f"{target.host} has answered {reply.status}.",
        status_code=reply.status,
        retry_after=wanted_pause(reply.headers.get("retry-after", ""), now=datetime.now(UTC)),
        is_final=is_final(reply.status),
    )


def is_final(status: int) -> bool:
    """Whether the same message will not be taken another time either. Pure."""
    return 400 <= status < 500 and status not in PASSING
