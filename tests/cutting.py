"""A line to a server that is cut again and again."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

CHUNK = 4096


class Line:
    """Listens on the loopback and passes on. A connection is cut when so many bytes have come from the server.

    bytes: of the first connection; each later one has twice as many as the one before.
    """

    def __init__(self, server: str, *, bytes: int) -> None:
        host, _, port = server.rpartition(":")
        self.server, self.bytes = (host, int(port)), bytes
        self.cuts = 0
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.address = "{}:{}".format(*self.listening.getsockname())

    def serve(self) -> None:
        while True:
            try:
                client, _ = self.listening.accept()
            except OSError:  # closed: the test is over
                return
            allowed, self.bytes = self.bytes, 2 * self.bytes
            server = socket.create_connection(self.server)
            for ends in ((client, server, None), (server, client, allowed)):
                threading.Thread(target=self._pass_on, args=ends, daemon=True).start()

    def _pass_on(self, source: socket.socket, sink: socket.socket, left: int | None) -> None:
        with suppress(OSError):
            while data := source.recv(CHUNK if left is None else min(CHUNK, left)):
                sink.sendall(data)
                if left is not None and (left := left - len(data)) == 0:
                    self.cuts += 1
                    break
        for end in (source, sink):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)


@contextmanager
def cut_line(server: str, *, bytes: int) -> Iterator[Line]:
    line = Line(server, bytes=bytes)
    serving = threading.Thread(target=line.serve, daemon=True)
    serving.start()
    try:
        yield line
    finally:
        line.listening.shutdown(socket.SHUT_RDWR)
        line.listening.close()
        serving.join(10)
