"""Templates and patterns that may be expensive, each in a bounded child. The child's side is `programs/answer.py`."""

import json
import signal
import sys
from pathlib import Path
from typing import Any

from reliability.sandbox.bounds import MEBIBYTE, Bounds
from reliability.sandbox.child import Ended, run_child
from reliability.sandbox.errors import SandboxError, TooMuchMemory, TooSlow
from reliability.templates import TemplateError

#: An answer is JSON of up to a million characters, each of which may take six bytes.
#: What counts is the time of computing; a busy machine may take longer for it.
BOUNDS = Bounds(wall_seconds=30, output_bytes=8 * MEBIBYTE)
_PROGRAM = str(Path(__file__).parent / "programs" / "answer.py")
_OVER = (-signal.SIGXCPU, -signal.SIGKILL)


class PatternError(SandboxError):
    """The pattern cannot be searched for."""

    code = "pattern"


async def render_aside(source: str, values: Any, *, escape_html: bool) -> str:
    """The filled-in template. Raises TemplateError, and SandboxError beyond the bounds."""
    answer = await _ask({"kind": "template", "source": source, "values": values, "escape_html": escape_html})
    if "error" in answer:
        raise TemplateError(answer["error"])
    return str(answer["result"])


async def find_aside(pattern: str, text: str, *, flags: int, group: int, most: int) -> list[str]:
    """As `reliability.patterns.find`, which it runs. Raises PatternError, and SandboxError beyond the bounds."""
    job = {"kind": "pattern", "pattern": pattern, "text": text, "flags": flags, "group": group, "most": most}
    answer = await _ask(job)
    if "error" in answer:
        raise PatternError(answer["error"])
    return [str(match) for match in answer["result"]]


async def occurs_aside(pattern: str, text: str, *, flags: int) -> bool:
    """As `reliability.patterns.occurs`. Raises SandboxError beyond the bounds."""
    answer = await _ask({"kind": "search", "pattern": pattern, "text": text, "flags": flags})
    return bool(answer["result"])


async def _ask(job: dict[str, Any]) -> dict[str, Any]:
    given = json.dumps(job | {"bounds": _bounds()}, default=str).encode()
    ended = await run_child([sys.executable, "-I", _PROGRAM], given, BOUNDS)
    if ended.status:
        raise _why(ended)
    answer: dict[str, Any] = json.loads(ended.output)
    return answer


def _bounds() -> dict[str, int]:
    return {
        "cpu_seconds": BOUNDS.cpu_seconds,
        "memory_bytes": BOUNDS.memory_bytes,
        "file_bytes": 0,
        "processes": 1,
    }


def _why(ended: Ended) -> SandboxError:
    if ended.status in _OVER:
        return TooSlow(f"It took more than {BOUNDS.cpu_seconds} s of computing.", limit=BOUNDS.cpu_seconds)
    if b"MemoryError" in ended.errors or ended.status < 0:
        return TooMuchMemory(f"It needed more than {BOUNDS.memory_bytes:,} bytes.", limit=BOUNDS.memory_bytes)
    raise RuntimeError(f"The sandbox ended with {ended.status}: {ended.errors[-500:].decode(errors='replace')}")
