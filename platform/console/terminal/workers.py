"""Whether anybody would take up an execution that is put into the queue."""

from django.conf import settings
from redis import Redis
from redis.exceptions import RedisError
from rq import Queue, Worker

from reliability.errors import Unavailable

ANSWER_SECONDS = 2


class NoWorker(Unavailable):
    """No worker is running, so nothing would take up the execution."""

    code = "no_worker"


def require_worker() -> None:
    """Raises NoWorker when no worker listens to the queue of executions, or Redis does not answer."""
    advice = "Start one with `manage.py up`, or add --inline to run the graph in this command."
    try:
        count = _listening()
    except RedisError as error:
        raise NoWorker(f"Redis does not answer, so no worker can be told of the execution. {advice}") from error
    if not count:
        raise NoWorker(f"No worker is running, so nothing would take up the execution. {advice}")


def _listening() -> int:
    """Registered workers whose registration has not expired."""
    connection = Redis.from_url(
        settings.REDIS_URL, socket_connect_timeout=ANSWER_SECONDS, socket_timeout=ANSWER_SECONDS
    )
    try:
        return len(Worker.all(queue=Queue(settings.EXECUTION_QUEUE, connection=connection)))
    finally:
        connection.close()
