"""A process that has loaded what programs of ours load, and forks: they start in a fraction of the time.

Only libraries and blocks are loaded, and nothing of Django's that asks for settings: whoever is born here reads his own
environment, as if he had been started by himself. `tests.house.forking` speaks with it, over a socket: a request is the
standard files of the new process and `{"arguments": […], "env": {…}, "cwd": path}`, and is answered with its id, or
`{"ended": id}`, and is answered with the exit code. All end with the nursery.
"""

import importlib
import json
import os
import pkgutil
import runpy
import signal
import socket
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent.parent
REQUEST_BYTES = 200_000
#: What nearly all of our programs load, and can be loaded without settings.
LIBRARIES = (
    "autobahn.websocket.protocol",
    "blocks.llm.routing",
    "blocks.outward",
    "croniter",
    "cronsim",
    "cryptography.fernet",
    "django.contrib.admin",
    "django.contrib.staticfiles.finders",
    "django.core.management.commands.runserver",
    "django.db.backends.postgresql.base",
    "django.db.backends.sqlite3.base",
    "django.db.migrations.loader",
    "django.forms",
    "django.template.defaulttags",
    "django.test.signals",
    "django.views.generic",
    "email.mime.text",
    "environ",
    "fido2.server",
    "jinja2",
    "multiprocessing.forkserver",
    "orjson",
    "prometheus_client",
    "psycopg",
    "pydantic",
    "redis.asyncio",
    "requests",
    "rich.console",
    "rq.cron",
    "rq.worker",
    "sentry_sdk",
    "sqlparse",
    "stamina",
    "structlog",
    "unittest.mock",
    "yaml",
)

#: As Python makes it, without what a program adds.
_PATH = sys.path[1:]


def main() -> None:
    """Answer requests until nobody is there to ask. In each child, this returns after its program has ended."""
    sys.path[:] = [str(ROOT), str(ROOT / "platform"), *_PATH]
    from reliability.garbage import loading

    with loading():
        for name in [*LIBRARIES, *_blocks()]:
            importlib.import_module(name)
    with socket.socket(fileno=int(sys.argv[1])) as line:
        born = _serve(line)
    if born:
        _live(born)


def _blocks() -> list[str]:
    from blocks import library

    return [found.name for found in pkgutil.iter_modules(library.__path__, prefix="blocks.library.")]


def _serve(line: socket.socket) -> dict[str, Any] | None:
    """In a child: what it is to be. None: nobody is there any more."""
    nursery = os.getpid()
    while True:
        text, files, _, _ = socket.recv_fds(line, REQUEST_BYTES, 3)
        if not text:
            return None
        request = json.loads(text)
        if ended := request.get("ended"):
            answer = os.waitstatus_to_exitcode(os.waitpid(ended, 0)[1])
        elif (answer := os.fork()) == 0:
            _take(files, nursery)
            return request  # type: ignore[no-any-return]
        for file in files:
            os.close(file)
        line.sendall(str(answer).encode())


def _take(files: list[int], nursery: int) -> None:
    """The child's standard files, and a session of its own."""
    from reliability.lifeline import die_with_parent

    os.setsid()
    die_with_parent(nursery, signal.SIGKILL)
    for number, file in enumerate(files):
        os.dup2(file, number)
        os.close(file)


def _live(born: dict[str, Any]) -> None:
    """Run the program as Python would: a script, `-m module` or `-c code`."""
    os.chdir(born["cwd"])
    os.environ.clear()
    os.environ.update(born["env"])
    first, *others = born["arguments"]
    sys.path[:] = [*filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep)), *_PATH]
    sys.path.insert(0, born["cwd"] if first in ("-m", "-c") else str(Path(first).parent))
    if first == "-m":
        sys.argv = others
        runpy.run_module(others[0], run_name="__main__", alter_sys=True)
    elif first == "-c":
        sys.argv = [first, *others[1:]]
        exec(others[0], {"__name__": "__main__"})
    else:
        sys.argv = born["arguments"]
        runpy.run_path(first, run_name="__main__")


if __name__ == "__main__":
    main()
