"""What is in Redis may have been written by anybody: a worker calls the functions it knows, and lives on."""

import json
import pickle
import zlib
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from rq import Queue

from executor.worker.refusing import CheckedJob
from tests.executor.worker import jobs
from tests.executor.worker.cast import Notes, worker
from tests.house.processes import wait_until

pytestmark = pytest.mark.django_db(transaction=True)

KNOWN = "executor.jobs.run_execution"


class Trap:
    """Unpickled, it makes a file."""

    def __init__(self, path: Path) -> None:
        self.path = str(path)

    def __reduce__(self) -> tuple[Any, ...]:
        return (open, (self.path, "w"))


def written(queue: Queue, body: bytes, **fields: Any) -> str:
    """A job as a stranger writes it to Redis, at the front of the queue."""
    job = queue.create_job("written.by.nobody")
    job.origin = queue.name
    job.save()
    queue.connection.hset(job.key, mapping={"data": body, "status": "queued", **fields})
    queue.connection.rpush(queue.key, job.id)
    return str(job.id)


def refused(queue: Queue, body: bytes, **fields: Any) -> str:
    """Why reading that job refuses it; empty if it does not."""
    return CheckedJob.fetch(written(queue, body, **fields), connection=queue.connection).refusal


def body_of(name: Any, *args: Any) -> bytes:
    return zlib.compress(json.dumps([name, None, list(args), {}]).encode())


def test_a_known_function_is_not_refused(queue: Queue) -> None:
    assert refused(queue, body_of(KNOWN, "id")) == ""


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (body_of("os.system", "true"), "'os.system' is not among RQ_ALLOWED_JOBS"),
        (body_of(["os", "system"]), "not a function's name"),
        (zlib.compress(b'["x", {"instance": 1}, [], {}]'), "not a function's name"),
        (b"{broken", "Expecting property name"),
        (b"\xff\xfe", "codec can't decode"),
        (zlib.compress(b"[" * 60_000), "recursion"),
        (zlib.compress(b'["' + b"x" * 70_000 + b'"]'), "larger than 65536 bytes"),
        (zlib.compress(b" " * 50_000_000), "larger than 65536 bytes"),
        (b"x" * 200_000, "too large"),
    ],
    ids=["foreign", "no name", "instance", "no JSON", "no text", "deep", "large", "bomb", "huge"],
)
def test_a_body_that_is_not_ours_is_refused(queue: Queue, body: bytes, reason: str) -> None:
    assert reason in refused(queue, body)


def test_a_body_may_be_so_large_and_no_larger(queue: Queue, settings: LazySettings) -> None:
    body = json.dumps([KNOWN, None, ["x" * 1000], {}]).encode()
    settings.JOB_MAX_BYTES = len(body)
    assert refused(queue, zlib.compress(body)) == ""
    settings.JOB_MAX_BYTES -= 1
    assert refused(queue, zlib.compress(body)) == f"Its body is larger than {len(body) - 1} bytes (JOB_MAX_BYTES)."


@pytest.mark.parametrize("field", ["success_callback_name", "failure_callback_name", "stopped_callback_name"])
def test_a_foreign_callback_is_refused_and_forgotten(queue: Queue, field: str) -> None:
    job = CheckedJob.fetch(written(queue, body_of(KNOWN), **{field: "os.abort"}), connection=queue.connection)
    assert "os.abort" in job.refusal
    assert (job.success_callback, job.failure_callback, job.stopped_callback) == (None, None, None)


def test_fields_that_cannot_be_read_are_refused(queue: Queue) -> None:
    assert refused(queue, body_of(KNOWN), timeout="for ever")


def test_webhooks_are_refused(queue: Queue) -> None:
    assert "webhooks" in refused(queue, body_of(KNOWN), webhooks=json.dumps([{"url": "http://x.example/"}]))


def test_nothing_is_unpickled_whatever_serializer_is_asked_for(queue: Queue, tmp_path: Path) -> None:
    id = written(queue, pickle.dumps(Trap(tmp_path / "trap")))
    assert CheckedJob.fetch(id, connection=queue.connection, serializer=pickle).refusal
    assert not (tmp_path / "trap").exists()


@pytest.mark.parametrize("kind", ["executor.worker.PooledWorker", pytest.param("rq.Worker", marks=pytest.mark.slow)])
def test_a_worker_refuses_them_and_runs_the_next_job(queue: Queue, notes: Notes, tmp_path: Path, kind: str) -> None:
    trap, imported = tmp_path / "trap", tmp_path / "imported"
    bodies = [pickle.dumps(Trap(trap)), body_of("tests.executor.worker.foreign.run"), b"x" * 300_000, b"{broken"]
    ids = [written(queue, body) for body in bodies]
    good = queue.enqueue(jobs.nap, 0, result_ttl=60)
    with worker(queue, "--worker-class", kind, FOREIGN=str(imported)) as started:
        wait_until(lambda: good.is_finished)
        wait_until(lambda: set(ids) <= set(queue.failed_job_registry.get_job_ids(cleanup=False)))
        assert started.poll() is None
    assert (trap.exists(), imported.exists()) == (False, False)
