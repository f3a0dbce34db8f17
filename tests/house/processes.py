"""Programs of ours, run as a user runs them, and what is left of them."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

from tests.house.forking import fork

ROOT = Path(__file__).resolve().parent.parent.parent
#: Only a fault takes so long, or a machine with much else to do.
WAIT_SECONDS = 60.0


def environment(home: Path, **variables: str) -> dict[str, str]:
    """A clean installation in `home`, with these variables set."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
    return {**kept, "SLUICE_HOME": str(home), "SLUICE_ENV_FILE": os.devnull, **variables}


def manage(*arguments: str, home: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """`manage.py arguments`, to its end."""
    return run(ROOT / "manage.py", *arguments, env=environment(home, **variables))


def run(*arguments: str | Path, env: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """`python arguments`, to its end."""
    with open(os.devnull) as nothing, TemporaryFile("w+") as said, TemporaryFile("w+") as complained:
        files = nothing.fileno(), said.fileno(), complained.fileno()
        forked = fork(*arguments, env=env, cwd="/", files=files)
        try:
            code = forked.wait(180)
        finally:
            forked.kill()
        return subprocess.CompletedProcess(arguments, code, _all_of(said), _all_of(complained))


def _all_of(file: IO[str]) -> str:
    file.seek(0)
    return file.read()


def python(code: str, *, env: dict[str, str], cwd: Path = ROOT) -> "subprocess.Popen[str]":
    """A Python program whose standard output can be read line by line."""
    return subprocess.Popen([sys.executable, "-c", code], env=env, cwd=cwd, stdout=subprocess.PIPE, text=True)


def is_alive(pid: int) -> bool:
    """A zombie, which only waits to be asked for its exit code, is not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False


def wait_until(happened: Callable[[], object], *, seconds: float = WAIT_SECONDS) -> None:
    """For other processes, which have no event that we could wait on."""
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline, "It did not happen in time."
        time.sleep(0.02)
