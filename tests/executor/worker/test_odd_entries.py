"""The queue holds what no job can be: it is removed, and the worker goes on with the next one."""

import pytest
from rq import Queue

from executor.worker.odd_entries import remove_forgotten
from executor.worker.refusing import CheckedJob
from tests.executor.worker import jobs
from tests.executor.worker.cast import worker
from tests.house.processes import wait_until

pytestmark = pytest.mark.django_db(transaction=True)

NO_TEXT = b"\xff\xfe"


def no_body(queue: Queue) -> None:
    queue.connection.hset("rq:job:bodiless", mapping={"status": "queued"})
    queue.connection.rpush(queue.key, "bodiless")


def no_hash(queue: Queue) -> None:
    queue.connection.set("rq:job:text", "text")
    queue.connection.rpush(queue.key, "text")


def no_text(queue: Queue) -> None:
    queue.connection.rpush(queue.key, NO_TEXT)


def no_id(queue: Queue) -> None:
    queue.connection.rpush(queue.key, "a:b:c", "", "x" * 100_000)


def test_odd_entries_are_removed_and_their_neighbours_run(queue: Queue) -> None:
    neighbours = [queue.enqueue(jobs.nap, 0, result_ttl=60)]
    for odd in (no_body, no_hash, no_text, no_id):
        odd(queue)
        neighbours.append(queue.enqueue(jobs.nap, 0, result_ttl=60))
    with worker(queue) as started:
        wait_until(lambda: all(job.is_finished for job in neighbours))
        wait_until(lambda: not queue.connection.exists(queue.key, queue.intermediate_queue_key))
        assert started.poll() is None


def test_an_odd_entry_that_a_killed_worker_had_taken_is_removed(queue: Queue) -> None:
    queue.connection.rpush(queue.intermediate_queue_key, "known", NO_TEXT, NO_TEXT)
    remove_forgotten(queue)
    assert queue.connection.lrange(queue.intermediate_queue_key, 0, -1) == [b"known"]


def test_what_is_no_job_is_not_found_beside_one_that_is(queue: Queue) -> None:
    no_body(queue)
    no_hash(queue)
    job = queue.enqueue(jobs.nap, 0)
    found = CheckedJob.fetch_many(["bodiless", job.id, "text", "nobody"], queue.connection)
    assert [one and one.id for one in found] == [None, job.id, None, None]
