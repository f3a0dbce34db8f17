"""A server on loopback that takes what endpoints are sent, and answers as it is told."""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import orjson
from standardwebhooks import Webhook as Signature

from tests.quick_server import STOP_SECONDS

#: Not the loopback address that tests show to be refused.
HOST = "127.0.0.3"


@dataclass(frozen=True)
class Received:
    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    @property
    def json(self) -> Any:
        return orjson.loads(self.body)

    def verify(self, secret: str) -> Any:
        """Raises WebhookVerificationError."""
        return Signature(secret).verify(self.body, dict(self.headers))


@dataclass(frozen=True)
class Answer:
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


class Sink:
    """answer: what each request gets. on_arrival: called once a request has arrived, before it is answered."""

    def __init__(self) -> None:
        self.received: list[Received] = []
        self.answer = Answer()
        self.on_arrival: Callable[[Received], None] = lambda received: None
        self.port = 0

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}/hook"

    @property
    def ids(self) -> list[str]:
        return [received.id for received in self.received]

    @property
    def types(self) -> list[str]:
        return [received.json["type"] for received in self.received]


@contextmanager
def opened_sink() -> Iterator[Sink]:
    sink = Sink()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            received = Received(self.path, {name.lower(): value for name, value in self.headers.items()}, body)
            sink.received.append(received)
            sink.on_arrival(received)
            answer = sink.answer
            self.send_response(answer.status)
            for name, value in {"content-length": str(len(answer.body)), **answer.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(answer.body)

        do_GET = do_POST  # noqa: N815

        def log_message(self, *args: Any) -> None:
            pass

    class Quiet(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *args: Any) -> None:
            """Who asked was killed."""

    server = Quiet((HOST, 0), Handler)
    sink.port = server.server_address[1]
    serving = threading.Thread(target=server.serve_forever, args=(STOP_SECONDS,), daemon=True)
    serving.start()
    try:
        yield sink
    finally:
        server.shutdown()
        server.server_close()
        serving.join(10)
