"""The admin's page "Workers and queue": who works, what waits, what was refused; and that Redis is away."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.conf import LazySettings
from django.contrib.auth.models import Permission
from django.test import Client
from redis import Redis
from rq import Queue
from rq.results import Result
from rq.utils import utcformat
from rq.worker.base import WorkerStatus

from accounts.models import User
from config.diagnostics.workers import Owner, matched
from config.health.heartbeats import beat
from executor.dispatch.claim import claim
from executor.dispatch.dispatching import dispatch
from executor.models import GraphExecution
from executor.sweeping.counting import count
from executor.worker import PooledWorker
from executor.worker.roster import seen, unpacked
from graphs.models import GraphVersion
from tests.executor.waiting import echo_graph, queued
from tests.factories import make_user

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("redis_url")]

PAGE = "/admin/diagnostics/workers/"


@pytest.fixture
def version() -> GraphVersion:
    return echo_graph(make_user())


@pytest.fixture
def root(db: None) -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("root@example.org"))
    return client


@pytest.fixture
def worker(queue: Queue) -> PooledWorker:
    """One that has told Redis of itself."""
    worker = PooledWorker([queue], connection=queue.connection)
    worker.register_birth()
    worker.set_state(WorkerStatus.BUSY)
    return worker


def shown(client: Client) -> Any:
    answer = client.get(PAGE)
    assert answer.status_code == 200
    return answer


def text(client: Client) -> str:
    """As a person reads it."""
    return " ".join(shown(client).content.decode().split())


def test_a_worker_is_shown_with_what_it_has(root: Client, worker: PooledWorker, version: GraphVersion) -> None:
    first, second, _ = queued(version, 3)
    owner = f"{worker.hostname}:{worker.pid}:abc"
    assert claim(first.id, owner=owner)
    assert claim(second.id, owner=owner)
    GraphExecution.objects.filter(id=first.id).update(lease_until=datetime.now(UTC) - timedelta(seconds=1))
    page = shown(root)
    [line] = page.context["lines"]
    assert (line.worker.name, line.worker.state, line.worker.places) == (worker.name, "busy", worker.concurrency)
    assert (line.executions, line.over, line.worker.is_ending) == (2, 1, False)
    assert line.worker.silent_seconds < 60
    assert page.context["unknown"] == []
    assert (page.context["figures"]["running"], page.context["figures"]["queued"]) == (2, 1)
    assert worker.name in page.content.decode()


def test_a_worker_that_was_asked_to_end_or_is_silent_is_told(root: Client, worker: PooledWorker, redis: Redis) -> None:
    assert "asked to end" not in text(root)
    worker._shutdown_requested_date = datetime.now(UTC)
    worker.set_shutdown_requested_date()
    redis.hset(worker.key, "last_heartbeat", utcformat(datetime.now(UTC) - timedelta(minutes=5)))
    page = text(root)
    assert "asked to end" in page
    assert re.search(r'class="wrong">30\d(\.\d)? s ago', page)


def test_owners_that_no_worker_knows_are_told(root: Client, worker: PooledWorker, version: GraphVersion) -> None:
    [execution] = queued(version, 1)
    assert claim(execution.id, owner="elsewhere:1:abc")
    assert [one.name for one in shown(root).context["unknown"]] == ["elsewhere:1:abc"]


def test_of_two_processes_whose_numbers_begin_alike_each_has_its_own(worker: PooledWorker) -> None:
    [seen_worker] = seen().workers
    alike = Owner(f"{worker.hostname}:{worker.pid}1:abc", 1, 0, None)
    [line], unknown = matched([seen_worker], [alike])
    assert (line.executions, unknown) == (0, [alike])


def test_where_nobody_works_that_is_said(root: Client) -> None:
    page = text(root)
    assert "No worker is running" in page
    assert 'class="wrong">never' in page
    beat()
    assert 'class="wrong">never' not in text(root)


def test_the_queue_is_shown_with_its_oldest_and_its_foreign_jobs(
    root: Client, version: GraphVersion, redis: Redis, queue: Queue
) -> None:
    queued(version, 1)
    assert dispatch() == 1
    [job_id] = queue.get_job_ids()
    redis.hset(f"rq:job:{job_id}", "enqueued_at", utcformat(datetime.now(UTC) - timedelta(seconds=40)))
    roster = seen()
    assert (roster.waiting, roster.foreign) == (1, 0)
    assert roster.oldest_seconds is not None
    assert 39 < roster.oldest_seconds < 100
    redis.rpush(queue.key, "not-ours", b"\xff<script>")
    roster = shown(root).context["roster"]
    assert (roster.waiting, roster.foreign) == (3, 2)


def test_what_was_refused_is_shown_with_its_cause_and_other_errors_by_their_kind(
    root: Client, queue: Queue, redis: Redis
) -> None:
    errors = {
        "bad": "Traceback\n  File\nexecutor.worker.refusing.JobRefused: The job was refused: <b>It is too large.",
        "broken": "Traceback\nsome.module.Oops: the canary of Ada",
    }
    for job_id, error in errors.items():
        redis.zadd(queue.failed_job_registry.key, {job_id: 1})
        Result(job_id, Result.Type.FAILED, redis, exc_string=error).save(ttl=60)
    page = text(root)
    assert "<strong>refused</strong>: The job was refused: &lt;b&gt;It is too large." in page
    assert "some.module.Oops" in page
    assert "canary" not in page


def test_an_error_that_cannot_be_read_is_no_trouble(root: Client, queue: Queue, redis: Redis) -> None:
    redis.zadd(queue.failed_job_registry.key, {"odd": 1, "none": 2, "wrong": 3})
    redis.xadd(Result.get_key("odd"), {"exc_string": "&&&"})
    redis.set(Result.get_key("wrong"), "no stream")
    assert {job.id for job in shown(root).context["roster"].failures} == {"odd", "none", "wrong"}
    assert unpacked(b"&&&") == unpacked(b"") == ""


def test_workers_that_are_suspended_are_told(root: Client, redis: Redis) -> None:
    assert "suspended" not in text(root)
    redis.set("rq:suspended", 1)
    assert "suspended" in text(root)


@pytest.mark.parametrize("spoil", ["away", "odd record"])
def test_while_redis_is_away_the_page_says_so_and_shows_what_the_database_knows(
    root: Client, version: GraphVersion, worker: PooledWorker, settings: LazySettings, redis: Redis, spoil: str
) -> None:
    [execution] = queued(version, 1)
    assert claim(execution.id, owner="host:1:abc")
    count("taken_over", 3)
    if spoil == "away":
        settings.RQ_QUEUES = {settings.EXECUTION_QUEUE: {"URL": "unix:///nowhere/redis.sock?db=0"}}
    else:
        redis.hset(worker.key, "birth", "yesterday")
    page = text(root)
    assert "Redis does not answer" in page
    assert "host:1:abc" in page
    assert "taken_over" in page


def test_who_has_no_permission_sees_nothing(db: None) -> None:
    clerk = User.objects.create_user("clerk@example.org", is_staff=True)
    client = Client()
    client.force_login(clerk)
    assert client.get(PAGE).status_code == 403
    clerk.user_permissions.add(Permission.objects.get(codename="view_workers"))
    assert client.get(PAGE).status_code == 200
    assert "Workers and queue" in client.get("/admin/").content.decode()
