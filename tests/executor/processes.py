"""A worker and a clock of this installation, as processes, on the test's own database and Redis."""

import os
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.db import connection

from tests.house.forking import Forked, fork
from tests.house.processes import ROOT, environment, wait_until

LEASE_SECONDS = 2


def database_url() -> str:
    """Of the database that the tests use."""
    known = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{known['NAME']}"
    return f"postgres://{known['USER']}@/{known['HOST']}/{known['NAME']}"


@contextmanager
def process(*command: str, **variables: str) -> Iterator[Forked]:
    """`manage.py command`; it is killed at the end, with what it started."""
    with _program(str(ROOT / "manage.py"), *command, **variables) as started:
        yield started


@contextmanager
def web_server(**variables: str) -> Iterator[str]:
    """daphne on a free port of the loopback. Yields `host:port`, once it answers."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        host, port = listening.getsockname()
    with _program("-m", "daphne", "-v", "0", "-b", host, "-p", str(port), "config.asgi:application", **variables):
        wait_until(lambda: _answers(host, port))
        yield f"{host}:{port}"


@contextmanager
def _program(*arguments: str, **variables: str) -> Iterator[Forked]:
    known = {
        "DATABASE_URL": database_url(),
        "BLOCK_MODULES": "tests.executor.blocks",
        "STARTS_PER_MINUTE_MAX": "0",
        "API_REQUESTS_PER_MINUTE": "0",
        "API_ANONYMOUS_PER_MINUTE": "0",
        "API_FAILED_SIGN_INS_PER_MINUTE": "0",
        "LEASE_SECONDS": str(LEASE_SECONDS),
        "LEASE_RENEW_SECONDS": "1",
        "SWEEP_SECONDS": "0.2",
        "LOG_LEVEL": "WARNING",
    }
    env = environment(
        settings.HOME,
        PYTHONPATH=os.pathsep.join([str(ROOT), str(ROOT / "platform")]),
        **known | variables,
    )
    started = fork(*arguments, env=env, cwd=ROOT)
    try:
        yield started
    finally:
        kill(started)


def kill(process: "Forked | subprocess.Popen[bytes]") -> None:
    """kill -9, for it and for all of its session."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait(10)


def _answers(host: str, port: int) -> bool:
    try:
        socket.create_connection((host, port), 1).close()
    except OSError:
        return False
    return True
