"""Chromium without a window, as somebody's browser. It is told what to do over its own protocol for debugging."""

import json
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from websockets.sync.client import ClientConnection, connect

from tests.house.processes import wait_until

PROGRAM = shutil.which("chromium") or shutil.which("google-chrome")
#: Only a fault takes so long, or a machine with much else to do.
PATIENCE_SECONDS = 30
#: Fulfilled once everything is loaded, scripts too.
_COMPLETE = """new Promise((done) => {
  if (document.readyState === "complete") done(true); else addEventListener("load", () => done(true));
})"""
#: Fulfilled once the condition is true, which is looked at again after each change of the document.
_UNTIL = """new Promise((done) => {
  const look = () => { if (%s) { watch.disconnect(); done(true); } };
  const watch = new MutationObserver(look);
  watch.observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
  look();
})"""

Event = dict[str, Any]


class Page:
    """The only one of its browser."""

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection
        self._calls = 0
        self._events: list[Event] = []
        self._session: str | None = None
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Network", "Runtime", "Log"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        self._calls += 1
        message = {"id": self._calls, "method": method, "params": parameters}
        self._connection.send(json.dumps(message | ({"sessionId": self._session} if self._session else {})))
        answer = self._next(lambda heard: heard.get("id") == self._calls)
        assert "error" not in answer, answer
        result: dict[str, Any] = answer["result"]
        return result

    def open(self, address: str) -> None:
        """Returns when the page is complete."""
        self.call("Page.navigate", url=address)
        self.value(_COMPLETE)

    def follow(self, selector: str) -> None:
        """Click what leads to another page, or to this one once more, and wait until it is complete."""
        came = len(self._heard("Page.frameNavigated"))
        self.value(f"document.querySelector({json.dumps(selector)}).click()")
        while len(self._heard("Page.frameNavigated")) == came:
            self._next(lambda heard: heard.get("method") == "Page.frameNavigated")
        self.value(_COMPLETE)

    def value(self, expression: str) -> Any:
        """Of JavaScript; of a promise, what it is fulfilled with."""
        answer = self.call("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def until(self, condition: str) -> None:
        """Wait until this is true in the document."""
        assert self.value(_UNTIL % condition)

    @property
    def complaints(self) -> list[Event]:
        """Exceptions of scripts, and what the browser itself says is wrong."""
        return self._heard("Runtime.exceptionThrown", "Log.entryAdded")

    def _heard(self, *methods: str) -> list[Event]:
        self.value("1")  # what came before its answer is heard
        return [event for event in self._events if event["method"] in methods]

    def _next(self, is_meant: Callable[[Event], bool]) -> Event:
        """What comes until then is kept, if it is an event. Raises TimeoutError."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            heard: Event = json.loads(self._connection.recv(max(0, deadline - time.monotonic())))
            if "method" in heard:
                self._events.append(heard)
            if is_meant(heard):
                return heard


@contextmanager
def browser(folder: Path) -> Iterator[Page]:
    """folder: for what it keeps; an empty one."""
    assert PROGRAM is not None
    options = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"]
    own = ["--remote-debugging-port=0", f"--user-data-dir={folder}", "about:blank"]
    process = subprocess.Popen([PROGRAM, *options, *own], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        with connect(_address(folder), max_size=None) as connection:
            yield Page(connection)
    finally:
        process.kill()
        process.wait(10)


def _address(folder: Path) -> str:
    """Where it listens, which it writes down."""
    written = folder / "DevToolsActivePort"
    wait_until(lambda: written.exists() and written.read_text().count("\n") == 1)
    port, path = written.read_text().split()
    return f"ws://127.0.0.1:{port}{path}"
