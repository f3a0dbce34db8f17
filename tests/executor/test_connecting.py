"""A process that starts waits for its servers for a while, and says so."""

import logging
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.db import OperationalError

from executor.hosting.connecting import await_answer, start_safely
from tests.house.processes import manage

AWAY = {"DATABASE_URL": "postgres://ada:x@127.0.0.1:1/sluice", "REDIS_URL": "redis://:x@127.0.0.1:1/0"}


class Server:
    """Does not answer so many times."""

    def __init__(self, failures: int) -> None:
        self.asked = 0
        self._failures = failures

    def ask(self) -> None:
        self.asked += 1
        if self.asked <= self._failures:
            raise OperationalError("away")


@pytest.mark.django_db(transaction=True)
def test_what_answers_is_asked_once(redis_url: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "reliability.retry")
    start_safely(with_redis=True)
    begun = [record.getMessage() for record in caplog.records if record.name == "reliability.retry"]
    assert begun == [
        *("Database: connect begins", "Database: connect succeeded"),
        *("Redis: connect begins", "Redis: connect succeeded"),
    ]


@pytest.mark.parametrize("failures", [0, 2])
def test_whoever_had_to_wait_is_told_so(failures: int) -> None:
    server = Server(failures)
    assert await_answer("Server", server.ask) == (failures > 0)
    assert server.asked == failures + 1


def test_what_was_raised_last_is_raised_after_the_last_try(settings: LazySettings) -> None:
    settings.START_CONNECT_RETRIES = 1
    server = Server(9)
    with pytest.raises(OperationalError, match="away"):
        await_answer("Server", server.ask)
    assert server.asked == 2


@pytest.mark.parametrize(("command", "missing"), [("clock", "Database"), ("rqworker", "Redis")])
def test_a_process_without_what_it_needs_ends_and_says_why(command: str, missing: str, tmp_path: Path) -> None:
    name = f"{missing.upper()}_URL"
    done = manage(command, home=tmp_path, START_CONNECT_RETRIES="1", **{name: AWAY[name]})
    assert done.returncode != 0
    assert f"{missing}: connect failed for good" in done.stderr
