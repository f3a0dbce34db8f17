"""Which processes make up Sluice on one machine."""

import signal
import socket
import sys

from django.conf import settings

from config.env import ROOT
from config.up.children import Child

#: So that it hands over what it has before it would be killed.
DRAIN_SECONDS = 3.0
MANAGE = [sys.executable, str(ROOT / "manage.py")]


def processes(listener: socket.socket) -> list[Child]:
    """listener: the open port, for the web server. The worker is first: the example waits for it."""
    logs = settings.HOME / "logs"
    web = [sys.executable, "-m", "daphne", "--fd", str(listener.fileno()), "config.asgi:application"]
    return [
        Child(
            "worker",
            [*MANAGE, "rqworker"],
            log=logs / "worker.log",
            variables={"WORKER_DRAIN_SECONDS": str(min(DRAIN_SECONDS, settings.WORKER_DRAIN_SECONDS))},
            # Orphaned, it must not finish its executions first: another worker takes them up.
            orphan_signal=signal.SIGKILL,
        ),
        Child("web server", web, log=logs / "web.log", descriptors=[listener.fileno()]),
        Child("clock", [*MANAGE, "clock"], log=logs / "clock.log"),
    ]
