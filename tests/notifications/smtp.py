"""A mail server on loopback that takes what it is sent, and does as it is told meanwhile."""

import socketserver
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import Message

from tests.quick_server import STOP_SECONDS


@dataclass
class MailSink:
    """answer: to the text of a mail. on_arrival: called once a mail is here, before it is answered."""

    received: list[Message] = field(default_factory=list)
    answer: bytes = b"250 taken"
    to_recipients: bytes = b"250 ok"
    on_arrival: Callable[[], None] = lambda: None
    port: int = 0

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    @property
    def ids(self) -> list[str]:
        return [str(message["Message-ID"]) for message in self.received]


@contextmanager
def mail_sink() -> Iterator[MailSink]:
    sink = MailSink()

    class Talk(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self.wfile.write(b"220 sink\r\n")
            while line := self.rfile.readline():
                word = line[:4].upper().strip()
                if word == b"DATA":
                    self.wfile.write(b"354 go on\r\n")
                    self.take()
                    answer = sink.answer
                else:
                    answer = sink.to_recipients if word == b"RCPT" else b"250 ok"
                self.wfile.write(answer + b"\r\n")

        def take(self) -> None:
            lines = iter(self.rfile.readline, b".\r\n")
            sink.received.append(message_from_bytes(b"".join(lines)))
            sink.on_arrival()

    class Quiet(socketserver.ThreadingTCPServer):
        daemon_threads = True

        def handle_error(self, *args: object) -> None:
            """Who sent it was killed."""

    server = Quiet(("127.0.0.1", 0), Talk)
    sink.port = server.server_address[1]
    serving = threading.Thread(target=server.serve_forever, args=(STOP_SECONDS,), daemon=True)
    serving.start()
    try:
        yield sink
    finally:
        server.shutdown()
        server.server_close()
        serving.join(10)
