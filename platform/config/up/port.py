"""The one TCP port. It is taken here and handed to the web server open, so nobody can take it in between."""

import errno
import socket

from config.up.errors import CannotStart

HOST = "127.0.0.1"
FIRST_PORT = 8000
TRIES = 100


def listen(port: int | None) -> socket.socket:
    """Take this port, or without one the first free one from 8000 on. Raises CannotStart."""
    if port is not None:
        return _listen(port)
    for candidate in range(FIRST_PORT, FIRST_PORT + TRIES):
        if listener := _listen_unless_busy(candidate):
            return listener
    last = FIRST_PORT + TRIES - 1
    raise CannotStart(f"The ports {FIRST_PORT} to {last} are all busy: name a free one with --port.")


def url_of(listener: socket.socket) -> str:
    return f"http://{HOST}:{listener.getsockname()[1]}/"


def _listen(port: int) -> socket.socket:
    if not 0 < port < 2**16:
        raise CannotStart(f"--port must be between 1 and 65535, not {port}.")
    try:
        listener = _listen_unless_busy(port)
    except PermissionError:
        raise CannotStart(f"This user may not use port {port}: name one above 1023 with --port.") from None
    if listener is None:
        raise CannotStart(f"Port {port} is busy: name another one with --port, or none to take the next free one.")
    return listener


def _listen_unless_busy(port: int) -> socket.socket | None:
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
        listener.listen(128)
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            return None
        raise
    return listener
