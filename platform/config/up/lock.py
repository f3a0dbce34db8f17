"""One Sluice per data folder."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from config.up.errors import AlreadyRunning


class InstanceLock:
    """The held lock. What it holds is told to whoever comes second."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def tell(self, url: str) -> None:
        os.ftruncate(self._descriptor, 0)
        os.pwrite(self._descriptor, f"{os.getpid()} {url}\n".encode(), 0)


@contextmanager
def instance_lock(path: Path) -> Iterator[InstanceLock]:
    """Hold the lock; the kernel lets it go when this process ends, however it ends. Raises AlreadyRunning."""
    descriptor = os.open(path, os.O_CREAT | os.O_RDWR, 0o600)  # not inherited by children
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        told = os.read(descriptor, 500).decode()
        os.close(descriptor)
        raise AlreadyRunning(_sentence(path, told)) from None
    lock = InstanceLock(descriptor)
    try:
        lock.tell("")
        yield lock
    finally:
        os.ftruncate(descriptor, 0)
        os.close(descriptor)


def _sentence(path: Path, told: str) -> str:
    """told: `pid url`; the url is missing while that one is starting."""
    pid, _, url = told.strip().partition(" ")
    where = f" at {url}" if url else ""
    who = f" (process {pid})" if pid else ""
    return (
        f"Sluice is already running on {path.parent}{where}{who}: stop it with Ctrl-C, "
        "or set SLUICE_HOME to another folder to run a second one."
    )
