"""What would be unsafe, and what cannot work, is named together with its repair."""

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from redis import Redis
from rq import Queue, Worker

from config.health.heartbeats import CLOCK_KEY, REMEMBERED_SECONDS, beat
from executor.hosting.starting import refuse_unsafe_start
from tests.house.processes import manage

pytestmark = pytest.mark.django_db(transaction=True)

#: Settings with a fault: what the doctor calls it, the settings, a word of the repair.
SETTINGS = {
    "a Redis without a password": ("001", {"REDIS_URL": "redis://127.0.0.1:1/0"}, "requirepass"),
    "the core channel layer": (
        "002",
        {"CHANNEL_LAYERS": {"default": {"BACKEND": "channels_redis.core.RedisChannelLayer"}}},
        "RedisPubSubChannelLayer",
    ),
    "pickled jobs": ("003", {"RQ_QUEUES": {"executions": {"URL": "unix:///x"}}}, "JSONSerializer"),
    "pickled jobs by name": (
        "003",
        {"RQ_QUEUES": {"executions": {"URL": "unix:///x", "SERIALIZER": "rq.serializers.DefaultSerializer"}}},
        "JSONSerializer",
    ),
    "a default key": ("006", {"SECRET_KEY": "django-insecure-" + "abcdefghij" * 5}, "secrets.token_urlsafe"),
    "a short key": ("006", {"SECRET_KEY": "changeme"}, "secrets.token_urlsafe"),
    "a credential key of zeros": ("007", {"CREDENTIAL_KEYS": ["A" * 43 + "="]}, "rotate_keys --new-key"),
    "a short token": ("008", {"OPERATOR_TOKEN": "admin"}, "secrets.token_urlsafe"),
}
#: The same for what is an error everywhere.
KNOBS = {
    "debugging in public": ("config.E005", {"DEBUG": True, "SITE_IS_LOCAL": False}, "DEBUG"),
    "leases that are renewed too late": ("config.E020", {"LEASE_RENEW_SECONDS": 20}, "a third of LEASE_SECONDS"),
    "heartbeats that are missed at once": ("config.E021", {"HEARTBEAT_MAX_SECONDS": 1.0}, "several times"),
    "a moderation that fails somehow": ("config.E022", {"MODERATION_FAILS": "ajar"}, "closed"),
    "a moderator that is not there": ("config.E023", {"MODERATION_HOOK": "no.such.hook"}, "import path"),
    "a model without a key": ("config.W024", {"MODEL_PROVIDER": "openai"}, "MODEL_API_KEY"),
    "blocks that are not there": ("config.E025", {"BLOCKS_FOLDER": "/nowhere"}, "BLOCKS_FOLDER"),
    "an address that nobody can call": ("config.E026", {"PUBLIC_URL": "sluice.example.org"}, "https://"),
    "every host": ("realtime.E001", {"ALLOWED_HOSTS": ["*"], "SITE_IS_LOCAL": False}, "ALLOWED_HOSTS="),
    "an origin that is none": ("realtime.E002", {"CSRF_TRUSTED_ORIGINS": ["https://*"]}, "https://sluice"),
    "payments without a key": ("payments.E002", {"PAYMENT_PROVIDER": "stripe"}, "STRIPE_SECRET_KEY"),
    "a credential key that is none": ("accounts.E001", {"CREDENTIAL_KEYS": ["short"]}, "rotate_keys --new-key"),
}


@pytest.fixture
def redis(redis_url: str) -> Iterator[Redis]:
    with Redis.from_url(redis_url) as client:
        yield client


@pytest.fixture
def well(redis: Redis) -> Worker:
    """A clock and a worker have just been heard of."""
    beat()
    return _registered(redis)


def test_nothing_is_wrong(well: Worker) -> None:
    assert doctor() == (0, "Nothing has to be repaired.\n")


@pytest.mark.parametrize("fault", SETTINGS)
def test_what_is_unsafe_is_an_error_in_production_and_a_warning_elsewhere(
    fault: str, well: Worker, settings: Any
) -> None:
    number, values, repair = SETTINGS[fault]
    for name, value in values.items():
        setattr(settings, name, value)
    assert named(f"warning: config.W{number}", repair)
    settings.SITE_IS_LOCAL = False
    assert named(f"error: config.E{number}", repair)
    assert doctor()[0] == 1
    with pytest.raises(SystemCheckError, match=f"config.E{number}"):
        refuse_unsafe_start()
    settings.SITE_IS_LOCAL = True
    refuse_unsafe_start()


@pytest.mark.parametrize("fault", KNOBS)
def test_what_cannot_work_is_named(fault: str, well: Worker, settings: Any) -> None:
    id, values, repair = KNOBS[fault]
    for name, value in values.items():
        setattr(settings, name, value)
    assert named(id, repair)


def test_a_redis_that_throws_keys_away(well: Worker, redis: Redis, settings: Any) -> None:
    redis.config_set("maxmemory-policy", "allkeys-lru")
    try:
        assert named("warning: config.W010", "noeviction")
        settings.SITE_IS_LOCAL = False
        assert named("error: config.E010", "noeviction")
        with pytest.raises(SystemCheckError, match="noeviction"):
            refuse_unsafe_start()
    finally:
        redis.config_set("maxmemory-policy", "noeviction")
    refuse_unsafe_start()


@pytest.mark.sqlite_only
def test_sqlite_with_workers_elsewhere(well: Worker, redis: Redis) -> None:
    redis.hset(well.key, "hostname", "elsewhere")
    assert named("warning: config.W011", "PostgreSQL")


def test_a_migration_that_is_missing_is_named_once(well: Worker, settings: Any) -> None:
    recorder = MigrationRecorder(connection)
    recorder.record_unapplied("deleting", "0001_initial")
    try:
        code, said = doctor()
        assert code == 1
        assert said.count("manage.py migrate") == 1
        settings.SITE_IS_LOCAL = False
        with pytest.raises(SystemCheckError, match=r"manage\.py migrate"):
            refuse_unsafe_start()
    finally:
        recorder.record_applied("deleting", "0001_initial")


def test_no_worker(redis: Redis) -> None:
    beat()
    assert named("error: worker", "manage.py rqworker")


def test_a_worker_that_is_silent(well: Worker, redis: Redis) -> None:
    redis.hset(well.key, "last_heartbeat", "2020-01-01T00:00:00.000000Z")
    assert named("error: worker", "its log")


def test_no_clock(redis: Redis) -> None:
    _registered(redis)
    assert named("error: clock", "manage.py clock")


def test_a_clock_that_has_stopped(well: Worker, redis: Redis, settings: Any) -> None:
    redis.expire(CLOCK_KEY, REMEMBERED_SECONDS - int(settings.HEARTBEAT_MAX_SECONDS) - 1)
    assert named("error: clock", "its log")


def test_keys_that_others_may_read(well: Worker, settings: Any, tmp_path: Path) -> None:
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys" / "secret_key").write_text("x")
    (tmp_path / "keys" / "secret_key").chmod(0o644)
    settings.HOME = tmp_path
    assert named("warning: config.W009", "chmod 600")


def test_a_database_and_a_redis_that_are_away(tmp_path: Path) -> None:
    away = {"DATABASE_URL": "postgres://ada:x@127.0.0.1:1/sluice", "REDIS_URL": "redis://:x@127.0.0.1:1/0"}
    done = manage("doctor", home=tmp_path, **away)
    assert done.returncode == 1, done.stderr
    for words in ("error: database: ", "correct DATABASE_URL", "error: redis: ", "correct REDIS_URL"):
        assert words in done.stdout


@pytest.mark.parametrize("command", ["clock", "rqworker", "config.asgi", "config.wsgi"])
def test_no_process_of_production_starts_on_it(command: str, tmp_path: Path) -> None:
    unsafe = {"ALLOWED_HOSTS": "sluice.example.org", "REDIS_URL": "redis://127.0.0.1:1/0"}
    is_web = command.startswith("config.")
    arguments = ("shell", "--no-imports", "-c", f"import {command}") if is_web else (command,)
    done = manage(*arguments, home=tmp_path, **unsafe)
    assert done.returncode != 0
    assert "requirepass" in done.stderr


def doctor() -> tuple[int, str]:
    """Its exit code, and what it says."""
    out = io.StringIO()
    try:
        call_command("doctor", stdout=out)
    except SystemExit as end:
        return int(end.code or 0), out.getvalue()
    return 0, out.getvalue()


def named(what: str, repair: str) -> bool:
    """Whether the doctor names it, and then its repair."""
    lines = doctor()[1].splitlines()
    return any(
        what in line and repair in line + following for line, following in zip(lines, [*lines[1:], ""], strict=True)
    )


def _registered(redis: Redis) -> Worker:
    worker = Worker([Queue("executions", connection=redis)], connection=redis)
    worker.register_birth()
    return worker
