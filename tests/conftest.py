"""What every test stands on: a data folder of its own, one database, one Redis."""

import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import django
import pytest

from reliability.garbage import collect_seldom, loading
from tests.databases import runs_elsewhere, skip_elsewhere
from tests.emptying import empty_quickly  # noqa: F401
from tests.knobs import knobs
from tests.postgres import Postgres

#: Limits that tests would reach, who are not about them.
QUICKER_THAN_PEOPLE = (
    "STARTS_PER_MINUTE_MAX",
    "API_REQUESTS_PER_MINUTE",
    "API_ANONYMOUS_PER_MINUTE",
    "API_FAILED_SIGN_INS_PER_MINUTE",
)

postgres_key = pytest.StashKey[Postgres]()
home_key = pytest.StashKey[Path]()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--postgres", action="store_true", help="Run on a real PostgreSQL instead of SQLite.")
    parser.addoption("--nightly", action="store_true", help="Run the slow tests too.")


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Prepare the environment before Django reads its settings."""
    if _only_hands_out(config):
        return
    if "config.settings" in sys.modules:
        raise pytest.UsageError("The settings were loaded too early: unset DJANGO_SETTINGS_MODULE.")
    signal.signal(signal.SIGTERM, _end)  # so that the servers are stopped
    home = config.stash[home_key] = Path(tempfile.mkdtemp(prefix="sluice-test-"))
    _forget_surroundings()
    os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
    os.environ["SLUICE_HOME"] = str(home)
    os.environ["BLOCK_MODULES"] = "tests.executor.blocks"
    for limit in QUICKER_THAN_PEOPLE:
        os.environ[limit] = "0"
    if config.getoption("--postgres"):
        postgres = config.stash[postgres_key] = Postgres()
        postgres.start()
        os.environ["DATABASE_URL"] = postgres.url
    with loading():
        django.setup()
    _hash_quickly()
    _know_the_version_of_redis()
    _find_static_files_when_asked()


def pytest_unconfigure(config: pytest.Config) -> None:
    if postgres := config.stash.get(postgres_key, None):
        postgres.stop()
    if home := config.stash.get(home_key, None):
        shutil.rmtree(home, ignore_errors=True)


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """In the everyday suite, do not even read what runs with the other kind of database only."""
    names_files = config.args_source is pytest.Config.ArgsSource.ARGS
    if names_files or config.getoption("--nightly") or collection_path.is_dir():
        return None
    return runs_elsewhere(collection_path, on_postgres=config.getoption("--postgres")) or None


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if not config.getoption("--nightly"):
        _skip(items, "slow", "slow: runs with --nightly")
        skip_elsewhere(items, on_postgres=config.getoption("--postgres"))
    if config.getoption("--postgres"):
        _skip(items, "sqlite_only", "about SQLite only")


def pytest_collection_finish() -> None:
    collect_seldom()


@pytest.fixture(scope="session")
def _redis() -> "Iterator[str]":
    from django.conf import settings

    from config.embedded_redis import EmbeddedRedis

    with EmbeddedRedis(settings.EMBEDDED_REDIS_FOLDER) as redis:
        yield redis.url


@pytest.fixture
def redis_url(_redis: str) -> Iterator[str]:
    """The Redis that the settings point at, running and empty."""
    from redis import Redis

    with Redis.from_url(_redis) as client:
        client.flushall()
        yield _redis
        client.flushall()


def _end(number: int, frame: object) -> None:
    pytest.exit("Ended by SIGTERM.", returncode=128 + number)


def _only_hands_out(config: pytest.Config) -> bool:
    """Whether other processes run the tests (pytest-xdist)."""
    return bool(config.getoption("numprocesses", 0)) and not hasattr(config, "workerinput")


def _forget_surroundings() -> None:
    """Neither the shell's variables nor a developer's .env reach the tests."""
    for name in knobs():
        os.environ.pop(name, None)
        os.environ.pop(f"{name}_FILE", None)
    os.environ["SLUICE_ENV_FILE"] = os.devnull


def _hash_quickly() -> None:
    """Nobody guesses the passwords of tests; other processes read the number of rounds from the hash."""
    from django.contrib.auth.hashers import PBKDF2PasswordHasher  # only once Django is set up

    PBKDF2PasswordHasher.iterations = 1


def _know_the_version_of_redis() -> None:
    """Each new connection would read it from a file."""
    import redis.utils  # only once Django is set up

    redis.utils.get_lib_version = cache(redis.utils.get_lib_version)


def _find_static_files_when_asked() -> None:
    """Each test client has middleware of its own, which would look through all of them first."""
    from django.conf import settings  # only once it is known which ones

    settings.WHITENOISE_AUTOREFRESH = True


def _skip(items: list[pytest.Item], marker: str, reason: str) -> None:
    for item in items:
        if item.get_closest_marker(marker):
            item.add_marker(pytest.mark.skip(reason=reason))
