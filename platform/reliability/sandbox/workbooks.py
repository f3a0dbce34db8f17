"""Reading workbooks of Excel, which may unpack to far more than they are, in a bounded child.

The child's side is `programs/read_workbook.py`.
"""

import asyncio
import json
import signal
import sys
from pathlib import Path
from typing import Any

import orjson

from reliability.sandbox.bounds import MEBIBYTE, Bounds
from reliability.sandbox.child import Ended, run_child
from reliability.sandbox.errors import SandboxError, TooMuchMemory, TooSlow

#: Cells of the sheet, empty ones between others included.
MAX_CELLS = 1_000_000
BOUNDS = Bounds(cpu_seconds=5, wall_seconds=60, memory_bytes=512 * MEBIBYTE, output_bytes=32 * MEBIBYTE, processes=1)
_PROGRAM = str(Path(__file__).parent / "programs" / "read_workbook.py")
_OVER = (-signal.SIGXCPU, -signal.SIGKILL)

Lines = list[list[str]]


class WorkbookFault(SandboxError):
    """The file is no workbook that can be read."""

    code = "workbook"


async def first_sheet(content: bytes) -> Lines:
    """The rows of the first sheet, from its first used cell on, each value as the text that CSV would have for it.

    Raises WorkbookFault, and SandboxError beyond the bounds.
    """
    limits = {
        "cpu_seconds": BOUNDS.cpu_seconds,
        "memory_bytes": BOUNDS.memory_bytes,
        "file_bytes": 0,
        "processes": BOUNDS.processes,
    }
    job = json.dumps({"limits": limits, "most": MAX_CELLS}).encode()
    ended = await run_child([sys.executable, "-I", _PROGRAM], job + b"\n" + content, BOUNDS)
    if ended.status:
        raise _why(ended)
    answer: dict[str, Any] = await asyncio.to_thread(orjson.loads, ended.output)
    if "error" in answer:
        raise WorkbookFault(answer["error"])
    lines: Lines = answer["lines"]
    return lines


def _why(ended: Ended) -> SandboxError:
    """The library may also panic over a faulty file, or be ended for want of memory, without an answer."""
    if ended.status in _OVER:
        return TooSlow(f"It took more than {BOUNDS.cpu_seconds} s of computing.", limit=BOUNDS.cpu_seconds)
    if b"MemoryError" in ended.errors or ended.status < 0:
        return TooMuchMemory(f"It needed more than {BOUNDS.memory_bytes:,} bytes.", limit=BOUNDS.memory_bytes)
    if b"PanicException" in ended.errors:
        return WorkbookFault()
    raise RuntimeError(f"The sandbox ended with {ended.status}: {ended.errors[-500:].decode(errors='replace')}")
