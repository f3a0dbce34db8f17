"""A tiny MCP server over stdio, a program of its own, with one tool for each thing that a server may do."""

import json
import os
import subprocess
import sys
import time
from typing import Any


def main() -> None:
    if "--silent" in sys.argv:
        time.sleep(600)
    _write("This is no message.")
    for line in sys.stdin:
        message = json.loads(line)
        if "id" in message and "method" in message:
            _say(message["id"], **_answer(message))


def _answer(message: dict[str, Any]) -> dict[str, Any]:
    if message["method"] == "initialize":
        sys.stderr.write("noise\n" * 50_000)
        return {"result": {"protocolVersion": message["params"]["protocolVersion"], "capabilities": {}}}
    params = message["params"]
    tool = TOOLS.get(params["name"])
    if tool is None:
        return {"error": {"code": -32602, "message": "Unknown tool"}}
    return {"result": tool(params["arguments"])}


def _text(text: str, **more: Any) -> dict[str, Any]:
    return {"content": [{"type": "text", "text": text}], **more}


def _surroundings(arguments: dict[str, Any]) -> dict[str, Any]:
    return _text(json.dumps({"environment": dict(os.environ), "folder": os.getcwd(), "arguments": sys.argv[1:]}))


def _child(arguments: dict[str, Any]) -> dict[str, Any]:
    """A process that it leaves behind, as far as it is concerned."""
    return _text(str(subprocess.Popen(["/bin/sleep", "600"]).pid))


def _asks(arguments: dict[str, Any]) -> dict[str, Any]:
    """What the client says to a question of the server's."""
    _write(json.dumps({"jsonrpc": "2.0", "method": "notifications/message", "params": {}}))
    answers = []
    for id, method in (("p", "ping"), ("s", "sampling/createMessage")):
        _write(json.dumps({"jsonrpc": "2.0", "id": id, "method": method}))
        answers.append(json.loads(sys.stdin.readline()))
    return _text(json.dumps(answers))


def _floods(arguments: dict[str, Any]) -> dict[str, Any]:
    while True:
        _write("x" * 100_000)


def _hangs(arguments: dict[str, Any]) -> dict[str, Any]:
    time.sleep(600)
    return {}


def _dies(arguments: dict[str, Any]) -> dict[str, Any]:
    sys.exit(3)


def _say(id: Any, **content: Any) -> None:
    _write(json.dumps({"jsonrpc": "2.0", "id": id, **content}))


def _write(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


TOOLS = {
    "echo": lambda arguments: _text(json.dumps(arguments), structuredContent=arguments),
    "half": lambda arguments: _text("half", structuredContent={"text": "\ud800"}),
    "fail": lambda arguments: _text("no luck", isError=True),
    "surroundings": _surroundings,
    "child": _child,
    "asks": _asks,
    "floods": _floods,
    "hangs": _hangs,
    "dies": _dies,
}

if __name__ == "__main__":
    main()
