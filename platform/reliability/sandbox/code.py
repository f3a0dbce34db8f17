"""Running programs that users wrote: no network, no environment, no files but those of the language itself.

A program in Python may be lent the module `requests`, over which somebody outside asks in its place.
"""

import json
import secrets
import shutil
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Any

from reliability.sandbox.asking import Ask, asking
from reliability.sandbox.bounds import MEBIBYTE, Bounds
from reliability.sandbox.child import Ended, run_child
from reliability.sandbox.errors import SandboxMissing

BOUNDS = Bounds(cpu_seconds=30, wall_seconds=60)
#: JavaScript's engine has threads of its own, and keeps more in memory; a limit is for each process.
_JAVASCRIPT = {"memory_bytes": 512 * MEBIBYTE, "processes": 16, "of_data": True}
#: A program that asks does so in many threads, which must not each set aside memory of their own; so it has threads
#: only, for the limit of memory holds for each process.
ASKING_PROCESSES = 128
_ONE_ARENA = {"MALLOC_ARENA_MAX": "1"}
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


async def run_code(code: str, language: Language, bounds: Bounds = BOUNDS, *, ask: Ask | None = None) -> Result:
    """ask: asks in the place of a program in Python; without it, it can ask nothing.

    Raises SandboxMissing where this machine cannot isolate it, TooSlow and TooMuchOutput beyond the bounds.
    """
    marker = f"\0{secrets.token_hex(16)}:"
    given: dict[str, Any] = {"code": code, "marker": marker, "requests": "", "socket": None}
    if ask is None or language is not Language.PYTHON:
        return _result(await _ended(given, language, bounds), marker)
    given["requests"] = (_PROGRAMS / "requests_inside.py").read_text()
    async with asking(ask) as socket:
        given["socket"] = socket.fileno()
        bounds = replace(bounds, processes=ASKING_PROCESSES)
        return _result(await _ended(given, language, bounds, files=[socket.fileno()]), marker)


async def _ended(given: dict[str, Any], language: Language, bounds: Bounds, *, files: Sequence[int] = ()) -> Ended:
    """Raises SandboxMissing."""
    command, folders = _program(language)
    with tempfile.TemporaryDirectory(prefix="sluice-") as root:
        confined = _confined(root, command, folders, language, bounds, is_asking=bool(files))
        ended = await run_child(confined, json.dumps(given).encode(), bounds, files=files)
    if ended.status == _NOT_POSSIBLE:
        raise SandboxMissing(f"{SandboxMissing().message} {ended.errors[-200:].decode(errors='replace').strip()}")
    return ended


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
    root: str, command: Sequence[str], folders: Sequence[str], language: Language, bounds: Bounds, *, is_asking: bool
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
        "environment": _ENVIRONMENT | (_ONE_ARENA if is_asking else {}),
        "limits": limits,
        "threads_only": is_asking,
        "folder_bytes": bounds.folder_bytes,
    }
    return [sys.executable, "-I", "-S", str(_PROGRAMS / "confine.py"), json.dumps(job)]


def _result(ended: Ended, marker: str) -> Result:
    output, found, answer = ended.output.decode(errors="replace").partition(marker)
    is_ok = ended.status == 0 and bool(found)
    return Result(is_ok, json.loads(answer) if is_ok else None, output, ended.errors.decode(errors="replace"))
