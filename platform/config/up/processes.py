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
    # Without daphne's own lines, which are of another form and hold whole addresses: ours tell of the same requests.
    web = [sys.executable, "-m", "daphne", "-v", "0", "--fd", str(listener.fileno()), "config.asgi:application"]
    as_here = {"LOG_FORMAT": settings.LOG_FORMAT}
    return [
        Child(
            "worker",
            [*MANAGE, "rqworker"],
            log=logs / "worker.log",
            variables=as_here | {"WORKER_DRAIN_SECONDS": str(min(DRAIN_SECONDS, settings.WORKER_DRAIN_SECONDS))},
            # Orphaned, it must not finish its executions first: another worker takes them up.
            orphan_signal=signal.SIGKILL,
        ),
        Child("web server", web, log=logs / "web.log", descriptors=[listener.fileno()], variables=as_here),
        Child("clock", [*MANAGE, "clock"], log=logs / "clock.log", variables=as_here),
    ]
