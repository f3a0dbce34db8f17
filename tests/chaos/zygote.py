"""A process that has loaded everything once and forks: a worker, a clock or a web server starts in milliseconds.

Each line of its standard input is a request, `{"arguments": […], "log": path, "host": name}`; it answers with the id of
the process that it has forked. Its children end with it.
"""

import ctypes
import importlib
import json
import os
import signal
import sys
import traceback
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent.parent
NETWORK_NAMESPACES = Path("/run/netns")
CLONE_NEWNET = 0x40000000


def main() -> None:
    """Serve requests until standard input ends."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody asks for exit codes: the kernel need not keep them
    _load()
    _answer("ready")
    for line in sys.stdin.buffer:
        _answer(str(_fork(json.loads(line))))


def _answer(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def _load() -> None:
    sys.path[:0] = [str(ROOT), str(ROOT / "platform")]
    import django

    from reliability.garbage import loading

    with loading():
        django.setup()
        for name in (
            "executor.jobs",
            "executor.worker",
            "config.urls",
            "config.asgi",
            "django_rq.management.commands.rqworker",
        ):
            importlib.import_module(name)


def _fork(request: dict[str, Any]) -> int:
    zygote = os.getpid()
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            _become(request, zygote)
            code = 0
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else 1
            sys.stderr.write(f"{end.code}\n")
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(code)
    return pid


def _become(request: dict[str, Any], zygote: int) -> None:
    from reliability.lifeline import die_with_parent

    os.setsid()
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    die_with_parent(zygote, signal.SIGKILL)
    _enter(request.get("host"))
    _redirect(request["log"])
    os.environ["CHAOS_PARENT"] = str(os.getpid())
    run(request["arguments"])


def _enter(host: str | None) -> None:
    """Go to a network namespace."""
    if host is None:
        return
    with (NETWORK_NAMESPACES / host).open() as file:
        if ctypes.CDLL(None, use_errno=True).setns(file.fileno(), CLONE_NEWNET):
            raise OSError(ctypes.get_errno(), f"The network namespace {host} cannot be entered.")


def _redirect(log: str) -> None:
    empty = os.open(os.devnull, os.O_RDONLY)
    file = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    for old, new in ((0, empty), (1, file), (2, file)):
        os.dup2(new, old)


def run(arguments: list[str]) -> None:
    """As from the command line."""
    if arguments[0] == "daphne":
        _serve(arguments[1:])
    else:
        from django.core.management import execute_from_command_line

        execute_from_command_line(["manage.py", *arguments])


def _serve(arguments: list[str]) -> None:
    """daphne, with an event loop of its own: the one it made when it was loaded is shared with all who were forked."""
    import asyncio

    import daphne.cli
    import daphne.server
    from twisted.internet import asyncioreactor

    del sys.modules["twisted.internet.reactor"]
    asyncioreactor.install(asyncio.new_event_loop())
    importlib.reload(daphne.server)
    importlib.reload(daphne.cli).CommandLineInterface().run(arguments)


if __name__ == "__main__":
    main()
