"""How many executions may stand in the queue: enough that no worker waits, so few that turns and priorities count."""

import time
from dataclasses import dataclass

from django.conf import settings
from redis.exceptions import RedisError
from rq.worker_registration import get_keys

from executor.dispatch.bell import queue

#: Also while no worker listens, so that the first one finds something.
MINIMUM = 2
#: How long the answer of Redis is taken for true.
TRUE_SECONDS = 5.0
#: In RQ's hash of a worker: how many executions it runs at once. RQ's own workers run one.
PLACES = "places"


@dataclass(slots=True)
class _Known:
    places: int = 0
    until: float = 0.0


_known = _Known()


def window() -> int:
    """By the setting, or twice what all workers that listen can run at once."""
    return settings.DISPATCH_WINDOW or max(MINIMUM, 2 * _places())


def _places() -> int:
    """What was known last is good enough while Redis does not answer: then nothing is rung anyway."""
    if time.monotonic() >= _known.until:
        try:
            _known.places = places()
        except (RedisError, OSError):
            return _known.places
        _known.until = time.monotonic() + TRUE_SECONDS
    return _known.places


def places() -> int:
    """How many executions the listening workers can run at once. Raises RedisError."""
    bell = queue()
    with bell.connection.pipeline(transaction=False) as pipeline:
        for key in get_keys(bell):
            pipeline.hmget(key, "birth", PLACES)
        return sum(int(places or 1) for birth, places in pipeline.execute() if birth is not None)
