"""`manage.py clock`, as a process: it ticks, outlives what goes wrong, and stops when asked."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.executor.processes import database_url
from tests.house.processes import ROOT, WAIT_SECONDS, environment, wait_until


@pytest.mark.django_db(transaction=True)
def test_it_stops_cleanly_when_asked(tmp_path: Path) -> None:
    with _clock(tmp_path, DATABASE_URL=database_url()) as (clock, log):
        wait_until(lambda: "The clock is running" in log.read_text())
        clock.send_signal(signal.SIGTERM)
        assert clock.wait(WAIT_SECONDS) == 0
    assert "The clock has stopped" in log.read_text()
    assert "Traceback" not in log.read_text()


def test_a_tick_that_fails_is_followed_by_the_next_until_ctrl_c(tmp_path: Path) -> None:
    with _clock(tmp_path) as (clock, log):  # no tables: every sweep fails
        wait_until(lambda: log.read_text().count("A task failed; the next time tries again") >= 2)
        clock.send_signal(signal.SIGINT)
        assert clock.wait(WAIT_SECONDS) == 0
    assert "The clock has stopped" in log.read_text()


@contextmanager
def _clock(home: Path, **variables: str) -> "Iterator[tuple[subprocess.Popen[bytes], Path]]":
    """The process, and where it logs."""
    log = home / "clock.log"
    with log.open("wb") as file:
        clock = subprocess.Popen(
            [sys.executable, ROOT / "manage.py", "clock"],
            env=environment(home, SWEEP_SECONDS="0.05", **variables),
            stdout=file,
            stderr=file,
        )
    try:
        yield clock, log
    finally:
        clock.kill()
        clock.wait()
