"""Who works, and what waits in the queue, as Redis has it. To look at: nothing is changed, and no job is called."""

import re
import zlib
from base64 import b64decode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from redis import Redis
from rq.job import Job
from rq.results import Result
from rq.suspension import WORKERS_SUSPENDED
from rq.utils import utcparse
from rq.worker_registration import get_keys

from executor.dispatch.bell import queue
from executor.dispatch.window import PLACES

#: What is looked at, at most.
MOST_WORKERS, MOST_JOBS, MOST_FAILED = 200, 1000, 20
#: Jobs of ours by their ids: those that ring, and those that ask for a summary.
OURS = re.compile(rb"(execution|summary)-[0-9a-f-]{36}(-\d+)?")
REFUSED = "JobRefused"
#: Of what is kept of a failure, so much is unpacked and shown.
UNPACKED_BYTES, SHOWN_CHARACTERS = 64 * 1024, 200
_FIELDS = ("hostname", "pid", "state", "birth", "last_heartbeat", "shutdown_requested_date", PLACES)


@dataclass(frozen=True, slots=True)
class SeenWorker:
    """silent_seconds: since it was last heard of.  jobs: at work there, as Redis has it."""

    name: str
    host: str
    pid: str
    state: str
    begun: datetime
    silent_seconds: float
    is_ending: bool
    places: int
    jobs: int

    @property
    def owner(self) -> str:
        """What the owners of its executions begin with."""
        return f"{self.host}:{self.pid}:"

    @property
    def is_silent(self) -> bool:
        return self.silent_seconds > settings.HEARTBEAT_MAX_SECONDS


@dataclass(frozen=True, slots=True)
class FailedJob:
    """cause: why it was refused; of a job of ours only the kind of its error."""

    id: str
    is_refused: bool
    cause: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Roster:
    """waiting: jobs in the queue.  taken: by a worker that has not begun them.  foreign: of the first MOST_JOBS."""

    workers: list[SeenWorker]
    waiting: int
    taken: int
    foreign: int
    oldest_seconds: float | None
    started: int
    failed: int
    failures: list[FailedJob]
    is_suspended: bool


def seen() -> Roster:
    """Of the queue of executions.

    Raises RedisError and OSError while Redis is away, within seconds; ValueError for a
    record that nobody can read."""
    bell = queue()
    redis: Redis = bell.connection
    keys = sorted(get_keys(bell))[:MOST_WORKERS]
    with redis.pipeline(transaction=False) as pipeline:
        pipeline.time()
        pipeline.exists(WORKERS_SUSPENDED)
        pipeline.llen(bell.key)
        pipeline.lrange(bell.key, 0, MOST_JOBS - 1)
        pipeline.llen(bell.intermediate_queue_key)
        pipeline.zcard(bell.started_job_registry.key)
        pipeline.zcard(bell.failed_job_registry.key)
        pipeline.zrevrange(bell.failed_job_registry.key, 0, MOST_FAILED - 1)
        for key in keys:
            pipeline.hmget(key, *_FIELDS)
            pipeline.scard(f"{_text(key)}:executions")
        clock, is_suspended, waiting, jobs, taken, started, failed, lost, *workers = pipeline.execute()
    now = clock[0] + clock[1] / 1_000_000
    return Roster(
        workers=_workers(keys, workers, now),
        waiting=waiting,
        taken=taken,
        foreign=sum(OURS.fullmatch(job) is None for job in jobs),
        oldest_seconds=_waited(redis, jobs[0], now) if jobs else None,
        started=started,
        failed=failed,
        failures=_failures(redis, lost),
        is_suspended=bool(is_suspended),
    )


def _workers(keys: Sequence[str], answers: Sequence[Any], now: float) -> list[SeenWorker]:
    """Without those whose record has just gone."""
    pairs = zip(keys, answers[::2], answers[1::2], strict=True)
    return [_worker(key, fields, jobs, now) for key, fields, jobs in pairs if fields[3] and fields[4]]


def _worker(key: str, fields: Sequence[bytes | None], jobs: int, now: float) -> SeenWorker:
    host, pid, state, birth, beat, end, places = (_text(field) for field in fields)
    return SeenWorker(
        name=_text(key).rpartition(":")[2],
        host=host,
        pid=pid,
        state=state,
        begun=utcparse(birth),
        silent_seconds=max(0.0, now - utcparse(beat).timestamp()),
        is_ending=bool(end),
        places=int(places or 1),
        jobs=jobs,
    )


def _waited(redis: Redis, job_id: bytes, now: float) -> float | None:
    """None for one that is no job."""
    key = Job.key_for(_text(job_id))
    if redis.type(key) != b"hash":
        return None
    enqueued = redis.hget(key, "enqueued_at")
    return max(0.0, now - utcparse(_text(enqueued)).timestamp()) if enqueued else None


def _failures(redis: Redis, job_ids: Sequence[bytes]) -> list[FailedJob]:
    with redis.pipeline(transaction=False) as pipeline:
        for job_id in job_ids:
            pipeline.xrevrange(Result.get_key(_text(job_id)), count=1)
        answers = pipeline.execute(raise_on_error=False)
    return [_failure(_text(job_id), answer) for job_id, answer in zip(job_ids, answers, strict=True)]


def _failure(job_id: str, answer: Any) -> FailedJob:
    kept = answer[0][1].get(b"exc_string", b"") if isinstance(answer, list) and answer else b""
    last = (unpacked(kept).strip().splitlines() or [""])[-1]
    kind, _, text = last.partition(": ")
    is_refused = kind.rpartition(".")[2] == REFUSED
    return FailedJob(job_id, is_refused, (text if is_refused else kind)[:SHOWN_CHARACTERS])


def unpacked(kept: bytes) -> str:
    """What RQ keeps of an error, as far as it may be unpacked; empty for anything else. Pure."""
    try:
        return zlib.decompressobj().decompress(b64decode(kept), UNPACKED_BYTES).decode("utf-8", "replace")
    except (ValueError, zlib.error):
        return ""


def _text(value: bytes | str | None) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value or ""
