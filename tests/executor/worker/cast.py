"""Workers as processes, and what jobs have noted."""

from collections.abc import Iterator
from contextlib import contextmanager

from redis import Redis
from rq import Queue, Worker
from rq.job import Job

from tests.executor.processes import process
from tests.executor.worker import jobs
from tests.executor.worker.jobs import NOTES
from tests.house.forking import Forked
from tests.house.processes import wait_until


class Notes:
    """What the jobs have noted in Redis."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    def all(self) -> list[str]:
        return [text.decode() for text in self._redis.lrange(NOTES, 0, -1)]

    def count(self, beginning: str) -> int:
        return sum(text.startswith(beginning) for text in self.all())


@contextmanager
def worker(queue: Queue, *arguments: str, **variables: str) -> Iterator[Forked]:
    """`manage.py rqworker` that may run the jobs of these tests; it listens."""
    known = {"RQ_ALLOWED_JOBS": jobs.ALLOWED, "WORKER_DRAIN_SECONDS": "20"}
    with process("rqworker", *arguments, **known | variables) as started:
        wait_until(lambda: started.pid in {one.pid for one in listening(queue)} or started.poll() is not None)
        yield started


def listening(queue: Queue) -> list[Worker]:
    """The workers that take jobs now."""
    workers = Worker.all(connection=queue.connection)
    return [one for one in workers if one.get_state() in ("idle", "busy") and one.death_date is None]


def has_ended(job: Job) -> bool:
    return job.get_status() in ("finished", "failed", "stopped")
