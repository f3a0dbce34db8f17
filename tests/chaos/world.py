"""A world of our own that blocks call: it counts the calls with each idempotency key, and can keep callers waiting."""

import threading
from collections import Counter, defaultdict
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self

#: Where blocks find it: `host:port`.
ADDRESS = "CHAOS_WORLD"
WAIT_SECONDS = 120.0


class World:
    """An HTTP server in this process. `POST /<gate>` answers at once, or, if the gate is named, once it is open."""

    def __init__(self, host: str = "127.0.0.1") -> None:
        #: By idempotency key, which is the id of the node execution.
        self.calls: Counter[str] = Counter()
        self.gates: dict[str, threading.Event] = defaultdict(threading.Event)
        #: The keys of those that have come to each gate, in order.
        self.arrived: dict[str, list[str]] = defaultdict(list)
        #: By key: the process that has called last, and its worker's.
        self.callers: dict[str, tuple[int, int]] = {}
        self._lock = threading.Lock()
        self._server = _Server((host, 0), _Handler)
        self._server.world = self

    @property
    def address(self) -> str:
        host, port = self._server.server_address[:2]
        return f"{host!s}:{port}"

    @property
    def repeats(self) -> int:
        """Calls that had been made before."""
        with self._lock:
            return sum(self.calls.values()) - len(self.calls)

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        for gate in self.gates.values():
            gate.set()
        self._server.shutdown()
        self._server.server_close()

    def called(self, key: str, gate: str, caller: tuple[int, int]) -> None:
        """Count the call, and keep the caller until the gate opens."""
        with self._lock:
            self.calls[key] += 1
            self.callers[key] = caller
            self.arrived[gate].append(key)
            again = self.gates.get(again_at(gate)) if self.calls[key] > 1 else None
            opened = again or self.gates[gate]
        if gate:
            opened.wait(WAIT_SECONDS)


def again_at(gate: str) -> str:
    """The gate for calls that had been made before, if somebody has made one; otherwise they go through the same."""
    return f"{gate}/again"


class _Server(ThreadingHTTPServer):
    request_queue_size = 256
    daemon_threads = True
    world: World


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_POST(self) -> None:
        pid, parent = map(int, self.headers["Caller"].split())
        self.server.world.called(self.headers["Idempotency-Key"], self.path.strip("/"), (pid, parent))
        try:
            self.send_response(200)
            self.end_headers()
        except OSError:
            return  # the caller was killed meanwhile

    def finish(self) -> None:
        try:
            super().finish()
        except OSError:
            return

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""
