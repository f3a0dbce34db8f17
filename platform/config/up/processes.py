"""Which processes make up Sluice on one machine."""

import signal
import socket
import sys

from django.conf import settings

from config.env import ROOT
from config.up.children import Child

MANAGE = [sys.executable, str(ROOT / "manage.py")]


def processes(listener: socket.socket) -> list[Child]:
    """listener: the open port, for the web server. The worker is first: the example waits for it."""
    logs = settings.HOME / "logs"
    web = [sys.executable, "-m", "daphne", "--fd", str(listener.fileno()), "config.asgi:application"]
    return [
        # Orphaned, it must not finish the execution at hand first: another worker takes that up.
        Child("worker", [*MANAGE, "rqworker"], log=logs / "worker.log", orphan_signal=signal.SIGKILL),
        Child("web server", web, log=logs / "web.log", descriptors=[listener.fileno()]),
        Child("clock", [*MANAGE, "clock"], log=logs / "clock.log"),
    ]
