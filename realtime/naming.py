"""Whatever is logged while a socket is served names the request that opened it, and its user."""

from collections.abc import Iterator
from contextlib import contextmanager

from structlog.contextvars import bound_contextvars

from api.request_ids import HEADER, chosen
from realtime.authentication import Scope, header


class KnownUser:
    """The id of a socket's user in log lines: none before it is known."""

    def __init__(self) -> None:
        self.id = ""

    def __str__(self) -> str:
        return self.id


class Name:
    """What a socket is called in the log. The id is that of its handshake: the client's own, or a new one."""

    def __init__(self, scope: Scope) -> None:
        self.request_id = chosen(header(scope, HEADER.lower().encode()) or "")
        self.user = KnownUser()

    @property
    def headers(self) -> list[tuple[bytes, bytes]]:
        """Of the answer to the handshake, which tells the client its id, as answers of the API do."""
        return [(HEADER.lower().encode(), self.request_id.encode())]

    @contextmanager
    def bound(self) -> Iterator[None]:
        """Tasks that are begun meanwhile keep it."""
        with bound_contextvars(request_id=self.request_id, user_id=self.user):
            yield
