"""The jobs that workers take: a few named functions with plain JSON arguments, whatever somebody has put into Redis."""

import json
import logging
import zlib
from collections.abc import Iterable, Mapping
from typing import Any

from django.conf import settings
from redis import Redis
from redis.client import Pipeline
from rq.exceptions import NoSuchJobError
from rq.job import Job, parse_job_id
from rq.serializers import JSONSerializer

from reliability.errors import NotAllowed

logger = logging.getLogger(__name__)

#: Functions that a job, or a callback of one, may name. RQ_ALLOWED_JOBS adds more.
ALLOWED = frozenset(
    {"executor.jobs.run_execution", "executor.jobs.stop_execution", "executor.summary.job.summarise_execution"}
)
#: RQ's hash of a job, apart from its body.
OTHER_FIELDS_MAX_BYTES = 64 * 1024
#: How long RQ shows a refused job among the failed ones.
REFUSED_TTL_SECONDS = 24 * 3600
#: What a job is in Redis, and the field that makes it one.
HASH, BODY = b"hash", b"data"
CALLBACKS = ("success_callback_name", "failure_callback_name", "stopped_callback_name")


class JobRefused(NotAllowed):
    """The job is none of ours."""

    code = "job_refused"


class CheckedJob(Job):
    """A job whose function is looked up only after it was found to be allowed.

    One that is refused can be read and failed like any other; only running it raises JobRefused. Nothing that its
    writer has named is imported, and nothing is unpickled: the body is read as JSON, whatever serializer is asked for.
    """

    #: Why it may not run; empty if it may.
    refusal = ""

    def __init__(self, id: str | None = None, connection: Redis | None = None, serializer: Any = None) -> None:
        super().__init__(id, connection, JSONSerializer)

    def refresh(self) -> None:
        if self.connection.type(self.key) != HASH:
            raise NoSuchJobError(f"There is no job {self.id}.")
        if not is_small(self.connection.memory_usage(self.key, samples=0)):
            self.refuse("It is too large.")
        else:
            super().refresh()

    @classmethod
    def fetch_many(cls, job_ids: Iterable[str], connection: Redis, serializer: Any = None) -> list[Any]:
        """None for each that is no job. Those that are too large are not even read."""
        ids = [parse_job_id(job_id) for job_id in job_ids]
        with connection.pipeline(transaction=False) as pipeline:
            for job_id in ids:
                pipeline.type(cls.key_for(job_id))
                pipeline.memory_usage(cls.key_for(job_id), samples=0)
            answers = pipeline.execute()
        sizes = {id: size for id, kind, size in zip(ids, answers[::2], answers[1::2], strict=True) if kind == HASH}
        small = [job_id for job_id in sizes if is_small(sizes[job_id])]
        with connection.pipeline(transaction=False) as pipeline:
            for job_id in small:
                pipeline.hgetall(cls.key_for(job_id))
            stored = dict(zip(small, pipeline.execute(), strict=True))
        return [cls._found(job_id, stored.get(job_id), connection) if job_id in sizes else None for job_id in ids]

    @classmethod
    def _found(cls, job_id: str, stored: Mapping[bytes, bytes] | None, connection: Redis) -> "CheckedJob | None":
        """stored: None if it is too large to be read."""
        job = cls(job_id, connection=connection)
        if stored is None:
            job.refuse("It is too large.")
        elif BODY in stored:
            job.restore(stored)
        else:
            return None
        return job

    def restore(self, raw_data: Mapping[bytes, bytes]) -> None:
        """What is refused keeps nothing of what its writer wanted."""
        if BODY not in raw_data:
            raise NoSuchJobError(f"The job {self.id} has no body.")
        try:
            body = plain_body(raw_data[BODY])
            super().restore({**raw_data, BODY: body})
            self._check(json.loads(body.decode()), raw_data)
        except Exception as error:  # whatever is written there: the worker lives on
            self.refuse(str(error) or type(error).__name__)

    def refuse(self, reason: str) -> None:
        logger.warning("A job was refused", extra={"action": "job_refused", "job": self.id, "reason": reason[:200]})
        self.refusal, self.origin = reason, settings.EXECUTION_QUEUE
        self._func_name, self._instance, self._args, self._kwargs = "refused", None, [], {}
        self._data = b"[]"
        self._success_callback_name = self._failure_callback_name = self._stopped_callback_name = None
        self.webhooks, self._dependency_ids = [], []
        self.retries_left = self.repeats_left = self.rate_limit_key = self.timeout = None
        self.failure_ttl = REFUSED_TTL_SECONDS

    def overwrite(self, pipeline: Pipeline) -> None:
        """Store the refused job as what it is now, so that nobody else has to read it."""
        pipeline.delete(self.key)
        self.save(pipeline=pipeline, include_meta=False)

    @property
    def func(self) -> Any:
        if self.refusal:
            raise JobRefused(f"The job was refused: {self.refusal}")
        return super().func

    def _check(self, body: Any, raw_data: Mapping[bytes, bytes]) -> None:
        """Raises JobRefused."""
        match body:
            case [str(name), None, list(args), dict(kwargs)]:
                pass
            case _:
                raise JobRefused("Its body is not a function's name with arguments.")
        callbacks = [raw_data[field.encode()].decode() for field in CALLBACKS if raw_data.get(field.encode())]
        for wanted in (name, *callbacks):
            if wanted not in allowed():
                raise JobRefused(f"The function {str(wanted)[:100]!r} is not among RQ_ALLOWED_JOBS.")
        if raw_data.get(b"webhooks"):
            raise JobRefused("It has webhooks.")
        self._func_name, self._instance, self._args, self._kwargs = name, None, args, kwargs


def allowed() -> frozenset[str]:
    """The names of functions that jobs may call."""
    return ALLOWED | frozenset(settings.RQ_ALLOWED_JOBS)


def is_small(stored_bytes: int | None) -> bool:
    """Whether a stored job may be read; one that does not exist may."""
    return stored_bytes is None or stored_bytes <= settings.JOB_MAX_BYTES + OTHER_FIELDS_MAX_BYTES


def plain_body(data: bytes) -> bytes:
    """A job's body, which RQ compresses. Raises JobRefused if it is too large."""
    opened = zlib.decompressobj()
    try:
        body = opened.decompress(data, settings.JOB_MAX_BYTES + 1)
    except zlib.error:
        body = data
    if len(body) > settings.JOB_MAX_BYTES:
        raise JobRefused(f"Its body is larger than {settings.JOB_MAX_BYTES} bytes (JOB_MAX_BYTES).")
    return body
