#!/usr/bin/env python3
"""Runs a graph on a Sluice server, shows what happens while it runs, and writes down what came out.

    pip install websockets
    export SLUICE_URL=http://127.0.0.1:8000 SLUICE_KEY=slk_…
    python client.py GRAPH_ID --input question='"Why?"' --input count=3 --save results/

Inputs are JSON; what is not JSON is taken as a text. Progress goes to the standard error. The outputs go to the
standard output as one JSON object `{output name: [values]}`, or to one file each with --save.

Ends with 0 if the execution is COMPLETED, 1 if it FAILED, 2 if the request was refused, 3 if it was TERMINATED, 4 if
the server could not be reached for --patience seconds, and 130 after Ctrl-C, which stops the execution.

This file is all there is to it: copy it, and keep what you need. The key needs the scopes EXECUTE_GRAPH, READ_RUN and
WRITE_RUN.
"""

import argparse
import json
import os
import random
import sys
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterator
from http.client import HTTPException
from pathlib import Path
from typing import Any

from websockets.exceptions import ConnectionClosed, InvalidHandshake
from websockets.sync.client import connect

EXIT_CODES = {"COMPLETED": 0, "FAILED": 1, "TERMINATED": 3}
REFUSED, UNREACHABLE, INTERRUPTED = 2, 4, 130
#: Close codes after which the key would have to be another one.
NOT_LET_IN = (4001, 4002, 4003)
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 1, 15
ANSWER_SECONDS = 30
#: What may go well the next time.
TRY_AGAIN = (409, 429, 502, 503, 504)


class Refused(Exception):
    """The server has understood and does not want to: trying again would not help."""


class Unreachable(Exception):
    """The server has not answered for too long."""


class Patience:
    """Growing pauses between tries, until nothing has succeeded for so many seconds.

    They are of random length, so that clients that were cut together do not come back together.
    """

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.succeeded()

    def succeeded(self) -> None:
        self._since: float | None = None
        self._pause = FIRST_PAUSE_SECONDS

    def wait(self, why: object, seconds: float = 0) -> None:
        """seconds: at least so long, if the server has said so. Raises Unreachable."""
        now = time.monotonic()
        self._since = self._since or now
        pause = max(random.uniform(0, self._pause), seconds)
        if now + pause > self._since + self.seconds:
            raise Unreachable(f"Giving up: {why}")
        time.sleep(pause)
        self._pause = min(self._pause * 2, LONGEST_PAUSE_SECONDS)


class Sluice:
    def __init__(self, url: str, key: str, patience: Patience) -> None:
        self.url, self.key, self.patience = url.rstrip("/"), key, patience

    def execute(self, graph_id: str, inputs: dict[str, Any], **more: Any) -> dict[str, Any]:
        """Start the graph exactly once: a request whose answer was lost is sent again with the same key."""
        body = {"inputs": inputs, **more}
        key = {"Idempotency-Key": str(uuid.uuid4())}
        started: dict[str, Any] = self.call("POST", f"/graphs/{graph_id}/execute", body, key)
        return started

    def stop(self, execution: dict[str, Any]) -> None:
        self.call("POST", f"{self._path(execution)}/stop", {}, {"Idempotency-Key": str(uuid.uuid4())})

    def events(self, execution: dict[str, Any]) -> Iterator[dict[str, Any]]:
        """Everything that happens in it until it has ended, in order and once, whatever becomes of the connection."""
        seq = 0
        while True:
            try:
                for event in self._frames(execution["id"], after=seq):
                    if event["seq"] > seq:
                        seq = event["seq"]
                        yield event
                    if is_end(event):
                        return
            except (OSError, ConnectionClosed, InvalidHandshake) as error:
                code = getattr(getattr(error, "rcvd", None), "code", None)
                if code in NOT_LET_IN:
                    raise Refused(str(error)) from error
                self.patience.wait(error, 15 if code == 4009 else 0)

    def outputs(self, execution: dict[str, Any]) -> dict[str, list[Any]]:
        """`{output name: [values]}`, with large values fetched."""
        ended = self.call("GET", self._path(execution))
        return {name: [self._whole(value) for value in values] for name, values in ended["outputs"].items()}

    def call(self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None) -> Any:
        """The answer as JSON. Raises Refused and Unreachable."""
        data = None if body is None else json.dumps(body).encode()
        known = {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"}
        request = urllib.request.Request(f"{self.url}/api/v1{path}", data, known | (headers or {}), method=method)
        while True:
            try:
                with urllib.request.urlopen(request, timeout=ANSWER_SECONDS) as answer:
                    found = json.load(answer)
                self.patience.succeeded()
                return found
            except urllib.error.HTTPError as error:
                self._wait_or_raise(error)
            except (OSError, HTTPException, ValueError) as error:  # no connection, or half an answer
                self.patience.wait(error)

    def _wait_or_raise(self, error: urllib.error.HTTPError) -> None:
        problem = read_problem(error)
        retry_after = error.headers.get("Retry-After")
        if error.code < 500 and not (error.code in TRY_AGAIN and retry_after):
            raise Refused(f"{problem.get('code', error.code)}: {problem.get('detail', error.reason)}") from error
        self.patience.wait(problem.get("detail", error), float(retry_after or 0))

    def _frames(self, execution_id: str, *, after: int) -> Iterator[dict[str, Any]]:
        """Events of one connection. The library sends pings, and gives up a connection that does not answer them."""
        address = f"{self.url.replace('http', 'ws', 1)}/ws"
        headers = {"Authorization": f"Bearer {self.key}"}
        with connect(
            address, additional_headers=headers, max_size=2**24, open_timeout=ANSWER_SECONDS, close_timeout=1
        ) as socket:
            wish = {"graph_exec_id": execution_id, "after": after}
            socket.send(json.dumps({"method": "subscribe_graph_execution", "data": wish}))
            while True:
                message = json.loads(socket.recv())
                self.patience.succeeded()
                if message["error"]:
                    raise Refused(message["error"])
                if message["method"] in ("graph_execution_event", "node_execution_event"):
                    yield message["data"]

    def _whole(self, value: Any) -> Any:
        """A large value has a file of its own, whose path ends in the node execution and the number of the output."""
        if isinstance(value, dict) and value.keys() == {"$file", "$bytes"}:
            *_, node_execution_id, name = value["$file"].split("/")
            index = name.split(".")[0].split("-")[0]
            return self.call("GET", f"/node-executions/{node_execution_id}/outputs/{index}")
        return value

    def _path(self, execution: dict[str, Any]) -> str:
        return f"/graphs/{execution['graph_id']}/executions/{execution['id']}"


def is_end(event: dict[str, Any]) -> bool:
    return event["event_type"] == "graph_execution_update" and event["status"] in EXIT_CODES


def read_problem(error: urllib.error.HTTPError) -> dict[str, Any]:
    try:
        found = json.load(error)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def told(event: dict[str, Any]) -> str:
    """One line about an event."""
    if event["event_type"] == "graph_execution_update":
        return f"{event['seq']:>6}  {event['status']}  {event['stats']['error'] or ''}".rstrip()
    return f"{event['seq']:>6}  {event['status']:<10}  {event['node_name']}  {event['error'] or ''}".rstrip()


def run(sluice: Sluice, wish: argparse.Namespace) -> int:
    inputs = dict(read_input(text) for text in wish.input)
    limits = {name: value for name in ("max_cost", "max_seconds") if (value := getattr(wish, name)) is not None}
    execution = sluice.execute(wish.graph_id, inputs, **limits)
    sys.stderr.write(f"Execution {execution['id']}\n")
    status = ""
    try:
        for event in sluice.events(execution):
            sys.stderr.write(told(event) + "\n")
            status = event["status"]
    except KeyboardInterrupt:
        sluice.stop(execution)
        return INTERRUPTED
    show(sluice.outputs(execution), wish.save)
    return EXIT_CODES[status]


def read_input(text: str) -> tuple[str, Any]:
    name, _, value = text.partition("=")
    try:
        return name, json.loads(value)
    except ValueError:
        return name, value


def show(outputs: dict[str, list[Any]], folder: Path | None) -> None:
    if folder is None:
        sys.stdout.write(json.dumps(outputs, ensure_ascii=False) + "\n")
        return
    folder.mkdir(parents=True, exist_ok=True)
    for number, (name, values) in enumerate(outputs.items(), 1):
        plain = "".join(letter if letter.isalnum() else "_" for letter in name)
        path = folder / f"{number}-{plain[:80]}.json"
        path.write_text(json.dumps({name: values}, ensure_ascii=False), encoding="utf-8")
        sys.stderr.write(f"{path}\n")


def read_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=str(__doc__).partition("\n")[0])
    parser.add_argument("graph_id")
    parser.add_argument("--input", action="append", default=[], metavar="NAME=JSON")
    parser.add_argument("--max-cost", type=int, metavar="CREDITS")
    parser.add_argument("--max-seconds", type=int, metavar="SECONDS")
    parser.add_argument("--save", type=Path, metavar="FOLDER")
    parser.add_argument("--patience", type=float, default=60, metavar="SECONDS")
    parser.add_argument("--url", default=os.environ.get("SLUICE_URL", "http://127.0.0.1:8000"))
    return parser.parse_args()


def main() -> int:
    wish = read_arguments()
    sluice = Sluice(wish.url, os.environ.get("SLUICE_KEY", ""), Patience(wish.patience))
    try:
        return run(sluice, wish)
    except Refused as error:
        sys.stderr.write(f"{error}\n")
        return REFUSED
    except Unreachable as error:
        sys.stderr.write(f"{error}\n")
        return UNREACHABLE


if __name__ == "__main__":
    sys.exit(main())
