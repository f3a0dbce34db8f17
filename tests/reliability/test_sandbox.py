"""What children cannot do: outlast their limits, see this machine, reach the network."""

import asyncio
import os
import re
import time
from pathlib import Path

import pytest

from reliability.sandbox import Bounds, SandboxError, TooMuchOutput, TooSlow, run_child
from reliability.sandbox.aside import PatternError, find_aside, occurs_aside, render_aside
from reliability.sandbox.code import Language, Result, run_code
from reliability.templates import TemplateError
from tests.isolation import skip_without_isolation, skip_without_node

SHORT = Bounds(cpu_seconds=1, wall_seconds=10)


async def ran(code: str, language: Language = Language.PYTHON, bounds: Bounds = SHORT) -> Result:
    skip_without_isolation()
    return await run_code(code, language, bounds)


async def test_a_program_gives_its_output_and_the_value_of_its_last_expression() -> None:
    assert await ran("print('hi')\n6 * 7") == Result(True, "42", "hi\n", "")
    assert await ran("x = 1") == Result(True, None, "", "")


async def test_so_does_one_in_javascript() -> None:
    skip_without_node()
    assert await ran("console.log('hi'); (async () => 6 * 7)()", Language.JAVASCRIPT) == Result(True, "42", "hi\n", "")


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("1 / 0", "ZeroDivisionError"),
        ("x = 'a' * 10**9", "MemoryError"),
        ("open('/tmp/x', 'wb').write(b'a' * 17_000_000)", "File too large"),
        ("for i in range(9): open(f'/tmp/{i}', 'wb').write(b'a' * 10**7)", "No space left"),
        ("open('/usr/x', 'w')", "Read-only|Permission"),
        ("open('/etc/passwd')", "No such file"),
        ("import os; os.listdir('/proc')", "No such file"),
        ("import os; os.setuid(0)", "not permitted|Invalid argument"),
        ("import os, time\nwhile os.fork() or time.sleep(5) is None: pass", "temporarily unavailable"),
        ("import socket; socket.create_connection(('1.1.1.1', 80), 1)", "unreachable"),
        ("import pydantic", "No module"),
    ],
)
async def test_a_program_is_refused_what_it_may_not_have(code: str, reason: str) -> None:
    result = await ran(code)
    assert not result.is_ok
    assert re.search(reason, result.errors)


async def test_a_program_sees_nothing_of_this_machine() -> None:
    seen = await ran(
        "import os\n"
        f"[sorted(os.environ), os.path.exists({str(Path(__file__))!r}), os.getuid() == {os.getuid()}, os.getgroups()]"
    )
    assert seen.response is not None
    assert seen.response.startswith("[['HOME', 'LANG', 'PATH', 'TMPDIR'], False, ")
    if os.getuid() == 0:
        assert seen.response.endswith("False, []]")


async def test_a_listener_of_this_machine_is_not_reached() -> None:
    reached = asyncio.Event()
    server = await asyncio.start_server(lambda reader, writer: reached.set(), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server:
        result = await ran(f"import socket; socket.create_connection(('127.0.0.1', {port}), 2)")
    assert not result.is_ok
    assert not reached.is_set()


async def test_a_program_gains_no_new_namespace() -> None:
    code = "import ctypes\nctypes.CDLL(None).unshare(0x10000000)"
    assert (await ran(code)).response == "-1"


async def test_a_program_that_calculates_for_ever_is_ended() -> None:
    assert (await ran("while True: pass", bounds=Bounds(wall_seconds=100))) == Result(False, None, "", "")


async def test_a_program_that_waits_for_ever_is_ended_with_what_it_started() -> None:
    code = "import os, time\nif os.fork() == 0: os.setsid()\ntime.sleep(60)"
    begun = time.monotonic()
    with pytest.raises(TooSlow, match="1 s"):
        await ran(code, bounds=Bounds(wall_seconds=1))
    assert time.monotonic() - begun < 8


@pytest.mark.parametrize("stream", ["stdout", "stderr"])
async def test_a_program_that_prints_for_ever_is_ended(stream: str) -> None:
    with pytest.raises(TooMuchOutput, match="1,048,576 bytes"):
        await ran(f"import sys\nwhile True: sys.{stream}.write('x' * 9999)")


async def test_a_child_dies_with_whoever_waits_for_it(tmp_path: Path) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    waiting = asyncio.create_task(run_child(["/bin/sh", "-c", f"exec 3>{fifo}; sleep 60"], b"", Bounds()))
    reading = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
    try:
        while waiting.done() is False and not await asyncio.to_thread(_has_writer, reading):
            pass
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        assert os.read(reading, 1) == b""  # nobody has it open any more
    finally:
        os.close(reading)


def _has_writer(reading: int) -> bool:
    try:
        return os.read(reading, 1) != b""
    except BlockingIOError:
        return True


async def test_a_template_is_filled_in_aside_as_it_is_here() -> None:
    assert await render_aside("{{ a }}{{ b.c }}", {"a": "é", "b": {"c": [1]}}, escape_html=False) == "é[1]"
    assert await render_aside("{{ a }}", {"a": "<"}, escape_html=True) == "&lt;"
    with pytest.raises(TemplateError, match="1,048,576"):
        await render_aside("{{ a }}{{ a }}", {"a": "x" * 600_000}, escape_html=False)


@pytest.mark.parametrize(
    "source",
    [
        "{% for i in range(9999) %}{% for j in range(9999) %}{% endfor %}{% endfor %}",
        "{% for i in range(9999) %}{{ big|upper|length * 0 or '' }}{% endfor %}",
    ],
)
async def test_a_template_that_takes_too_long_is_ended(source: str) -> None:
    with pytest.raises((SandboxError, TemplateError), match=r"2 s of computing|longer than 10 s"):
        await render_aside(source, {"big": "y" * 900_000}, escape_html=False)


async def test_a_template_that_keeps_too_much_is_ended() -> None:
    keeping = "".join(f"{{% set a{number} = big ~ {number} %}}" for number in range(900))
    with pytest.raises((SandboxError, TemplateError), match=r"bytes|nested too deeply"):
        await render_aside(keeping, {"big": "y" * 900_000}, escape_html=False)


async def test_patterns_that_explode_are_searched_in_linear_time() -> None:
    assert await occurs_aside(r"^(a+)+$", "a" * 100_000 + "!", flags=0) is False
    assert await find_aside(r"(x+x+)+y|z", "x" * 5_000 + "z", flags=0, group=0, most=9) == ["z"]


async def test_patterns_that_only_going_back_can_search_are_ended() -> None:
    with pytest.raises(TooSlow):
        await occurs_aside(r"^(\w|\w\w)+?(?:(a)|b|a?)*\1\2$", "a" * 5_000 + "!", flags=0)


async def test_a_match_that_is_too_long_is_refused_aside_too() -> None:
    with pytest.raises(PatternError, match="20,000 characters"):
        await find_aside("a+", "a" * 20_000, flags=0, group=0, most=1)
