"""A mail server on loopback that takes what it is sent, or answers as it is told."""

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage

from tests.quick_server import STOP_SECONDS

HOST = "127.0.0.1"


class MailSink:
    """refusal: what recipients are answered instead of yes, as `550 No such user`."""

    def __init__(self) -> None:
        self.received: list[EmailMessage] = []
        self.refusal = ""
        self.port = 0


@contextmanager
def opened_mail_sink() -> Iterator[MailSink]:
    sink = MailSink()

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self._say("220 sink")
            while line := self.rfile.readline():
                word = line.split()[0].upper() if line.split() else b""
                if word == b"DATA":
                    self._take()
                elif word == b"RCPT" and sink.refusal:
                    self._say(sink.refusal)
                elif word == b"QUIT":
                    self._say("221 bye")
                    return
                else:
                    self._say("250 yes")

        def _take(self) -> None:
            self._say("354 go on")
            lines = []
            while (line := self.rfile.readline()) not in (b".\r\n", b""):
                lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
            sink.received.append(message_from_bytes(b"".join(lines), policy=policy.default))
            self._say("250 taken")

        def _say(self, text: str) -> None:
            self.wfile.write(f"{text}\r\n".encode())

    server = socketserver.ThreadingTCPServer((HOST, 0), Handler)
    server.daemon_threads = True
    sink.port = server.server_address[1]
    serving = threading.Thread(target=server.serve_forever, args=(STOP_SECONDS,), daemon=True)
    serving.start()
    try:
        yield sink
    finally:
        server.shutdown()
        server.server_close()
        serving.join(10)
