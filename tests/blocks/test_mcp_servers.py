"""MCP servers of the operator's, each started for one call: what they see, what they may take, and that they end."""

import asyncio
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from blocks.errors import BlockError
from blocks.mcp.servers import BOUNDS, CommandServers, parse_servers
from reliability.sandbox import Bounds
from tests.world import mcp_server

PROGRAM = [sys.executable, mcp_server.__file__]
#: By then a call has ended, whatever its server does.
ENOUGH_SECONDS = 12
FEW = replace(BOUNDS, output_bytes=1_000_000)


async def call(tool: str, arguments: dict[str, Any] | None = None, *, bounds: Bounds = FEW, more: Any = ()) -> Any:
    return await CommandServers({"tiny": [*PROGRAM, *more]}, bounds).call("tiny", tool, arguments or {})


def is_there(process: int) -> bool:
    """Whether it runs; what has ended and waits for its parent to notice does not."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def is_there_in_the_files(path: str) -> bool:
    return Path(path).exists()


async def test_tool_is_called_and_gives_its_result() -> None:
    large = {"text": "ä" * 50_000, "number": 2**100}
    assert await call("echo", large) == large


async def test_server_sees_nothing_of_our_environment_and_has_a_folder_of_its_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SECRET_KEY", "canary")
    seen = await call("surroundings", more=["--root", "a b"])

    assert seen["environment"].keys() - {"LC_CTYPE"} == {"PATH", "HOME", "TMPDIR", "LANG"}
    assert seen["folder"] == seen["environment"]["HOME"]
    assert not is_there_in_the_files(seen["folder"])
    assert seen["arguments"] == ["--root", "a b"]


async def test_what_the_server_has_started_ends_with_it() -> None:
    assert not is_there(await call("child"))


async def test_questions_of_the_server_are_answered() -> None:
    pong, refusal = await call("asks")

    assert pong == {"jsonrpc": "2.0", "id": "p", "result": {}}
    assert refusal["error"]["code"] == -32601


@pytest.mark.parametrize(
    ("tool", "bounds", "more", "says"),
    [
        ("fail", FEW, (), "The tool fail failed: no luck"),
        ("nothing", FEW, (), "refused tools/call: Unknown tool"),
        ("dies", FEW, (), "The MCP server tiny ended before it had answered."),
        ("floods", FEW, (), "The MCP server tiny was ended. It gave more than 1,000,000 bytes"),
        ("hangs", replace(FEW, wall_seconds=1), (), "The MCP server tiny was ended. It took longer than 1 s"),
        ("echo", replace(FEW, wall_seconds=1), ("--silent",), "It took longer than 1 s"),
    ],
)
async def test_trouble_is_told(tool: str, bounds: Bounds, more: Any, says: str) -> None:
    with pytest.raises(BlockError) as raised:
        await asyncio.wait_for(call(tool, bounds=bounds, more=more), ENOUGH_SECONDS)
    assert says in str(raised.value)


async def test_command_that_is_not_there_is_told_without_showing_it() -> None:
    with pytest.raises(BlockError, match="The MCP server gone ended before it had answered") as raised:
        await CommandServers({"gone": ["/nowhere/secret-path"]}).call("gone", "x", {})
    assert "nowhere" not in str(raised.value)


async def test_unknown_server_is_told_with_those_that_are_there() -> None:
    with pytest.raises(BlockError, match=r"no MCP server called /bin/sh; there is: a, b\."):
        await CommandServers({"b": ["/b"], "a": ["/a"]}).call("/bin/sh", "x", {})


async def test_call_that_is_cancelled_leaves_no_process_behind(tmp_path: Path) -> None:
    pid = tmp_path / "pid"
    script = f"echo $$ > {pid}; exec sleep 600"
    calling = asyncio.create_task(CommandServers({"slow": ["/bin/sh", "-c", script]}).call("slow", "x", {}))
    async with asyncio.timeout(10):
        while not (pid.exists() and pid.read_text().strip()):
            await asyncio.sleep(0.01)
    calling.cancel()
    with pytest.raises(asyncio.CancelledError):
        await calling
    assert not is_there(int(pid.read_text()))


def test_servers_are_read_from_the_setting() -> None:
    assert parse_servers(["files=/usr/bin/files --root '/srv/a b'", "", " b=/b "]) == {
        "files": ["/usr/bin/files", "--root", "/srv/a b"],
        "b": ["/b"],
    }


@pytest.mark.parametrize("entry", ["files", "=/bin/x", "a b=/bin/x", "a=", "a=files", "a=/bin/x 'open"])
def test_setting_of_another_form_is_refused(entry: str) -> None:
    with pytest.raises(ValueError, match=r"not of the form|No closing quotation"):
        parse_servers([entry])
