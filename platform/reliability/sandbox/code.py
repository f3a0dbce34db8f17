"""Running programs that users wrote: no network, no environment, no files but those of the language itself."""

import json
import secrets
import shutil
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from reliability.sandbox.bounds import MEBIBYTE, Bounds
from reliability.sandbox.child import Ended, run_child
from reliability.sandbox.errors import SandboxMissing

BOUNDS = Bounds(cpu_seconds=30, wall_seconds=60)
#: JavaScript's engine has threads of its own, and keeps more in memory; a limit is for each process.
_JAVASCRIPT = {"memory_bytes": 512 * MEBIBYTE, "processes": 16, "of_data": True}
#: Of JavaScript's own heap; the program around it needs the rest.
JAVASCRIPT_HEAP_MEBIBYTES = 256
_PROGRAMS = Path(__file__).parent / "programs"
#: The exit code of `programs/confine.py` when nothing was started.
_NOT_POSSIBLE = 125
_FOLDER = "/tmp"  # noqa: S108 - inside the sandbox, its own
_ENVIRONMENT = {"PATH": "/usr/bin:/bin", "HOME": _FOLDER, "TMPDIR": _FOLDER, "LANG": "C.UTF-8"}


class Language(StrEnum):
    """What programs can be written in."""

    PYTHON = "python"
    JAVASCRIPT = "js"


@dataclass(frozen=True, slots=True)
class Result:
    """response: the value of the last expression, as text; None without one.  is_ok: it ended without an error."""

    is_ok: bool
    response: str | None
    output: str
    errors: str


async def run_code(code: str, language: Language, bounds: Bounds = BOUNDS) -> Result:
    """Raises SandboxMissing where this machine cannot isolate it, TooSlow and TooMuchOutput beyond the bounds."""
    command, folders = _program(language)
    marker = f"\0{secrets.token_hex(16)}:"
    given = json.dumps({"code": code, "marker": marker}).encode()
    with tempfile.TemporaryDirectory(prefix="sluice-") as root:
        ended = await run_child(_confined(root, command, folders, language, bounds), given, bounds)
    if ended.status == _NOT_POSSIBLE:
        raise SandboxMissing(f"{SandboxMissing().message} {ended.errors[-200:].decode(errors='replace').strip()}")
    return _result(ended, marker)


def _program(language: Language) -> tuple[Sequence[str], Sequence[str]]:
    """The command, and the folders that it needs to see. Raises SandboxMissing without its interpreter."""
    if language is Language.PYTHON:
        python = Path(sys.base_prefix, "bin", f"python{sys.version_info.major}.{sys.version_info.minor}")
        source = (_PROGRAMS / "run_python.py").read_text()
        return [str(python), "-I", "-S", "-B", "-c", source], _outermost("/usr", sys.base_prefix)
    node = shutil.which("node")
    if node is None:
        raise SandboxMissing("There is no JavaScript on this machine: node is not installed.")
    source = (_PROGRAMS / "run_javascript.js").read_text()
    heap = f"--max-old-space-size={JAVASCRIPT_HEAP_MEBIBYTES}"
    return [str(Path(node).resolve()), heap, "-e", source], _outermost("/usr", str(Path(node).resolve().parents[1]))


def _outermost(*folders: str) -> Sequence[str]:
    """Without those that are inside others."""
    paths = [Path(folder).resolve() for folder in folders]
    return [str(path) for path in dict.fromkeys(paths) if not any(other in path.parents for other in paths)]


def _confined(
    root: str, command: Sequence[str], folders: Sequence[str], language: Language, bounds: Bounds
) -> Sequence[str]:
    limits = {
        "cpu_seconds": bounds.cpu_seconds,
        "memory_bytes": bounds.memory_bytes,
        "file_bytes": bounds.file_bytes,
        "processes": bounds.processes,
        **(_JAVASCRIPT if language is Language.JAVASCRIPT else {}),
    }
    job = {
        "root": root,
        "folders": folders,
        "command": command,
        "environment": _ENVIRONMENT,
        "limits": limits,
        "folder_bytes": bounds.folder_bytes,
    }
    return [sys.executable, "-I", "-S", str(_PROGRAMS / "confine.py"), json.dumps(job)]


def _result(ended: Ended, marker: str) -> Result:
    output, found, answer = ended.output.decode(errors="replace").partition(marker)
    is_ok = ended.status == 0 and bool(found)
    return Result(is_ok, json.loads(answer) if is_ok else None, output, ended.errors.decode(errors="replace"))
