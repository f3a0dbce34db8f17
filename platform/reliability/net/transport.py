"""The HTTP client's way out: checked connections, answers of bounded size."""

import ssl
import zlib
from collections.abc import AsyncIterator
from functools import cache
from typing import cast

import httpcore2
import httpx2

from reliability.net.backend import CheckedBackend
from reliability.net.decoding import ACCEPTED, Inflating, Plain, decoder
from reliability.net.errors import OutwardFailed, OutwardRefused
from reliability.net.opening import Resolve
from reliability.net.rules import Destinations

MAX_HEADERS = 200
MAX_CONNECTIONS = 500
#: Connections that are kept open for the next request, and how long: less than servers wait for it.
MAX_IDLE, IDLE_SECONDS = 20, 4.0
#: They speak of the body as it was sent, and it is handed on unpacked.
_OF_THE_PACKED_BODY = frozenset({"content-encoding", "content-length", "transfer-encoding"})


class Transport(httpx2.AsyncHTTPTransport):
    """Implements the transport of httpx over CheckedBackend. No proxy, nothing from the environment."""

    def __init__(self, destinations: Destinations, resolve: Resolve, *, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._pool = httpcore2.AsyncConnectionPool(
            ssl_context=_certificates(),
            max_connections=MAX_CONNECTIONS,
            max_keepalive_connections=MAX_IDLE,
            keepalive_expiry=IDLE_SECONDS,
            network_backend=CheckedBackend(destinations, resolve),
        )

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Raises OutwardRefused beside the errors of httpx."""
        if request.url.scheme not in ("http", "https"):
            raise OutwardRefused("Only addresses with http:// and https:// may be asked.")
        request.headers["Accept-Encoding"] = ACCEPTED
        response = await super().handle_async_request(request)
        try:
            return self._bounded(response, request.url.host)
        except OutwardRefused:
            await response.aclose()
            raise

    def _bounded(self, response: httpx2.Response, host: str) -> httpx2.Response:
        headers = response.headers
        if len(headers.raw) > MAX_HEADERS:
            raise OutwardRefused(f"{host} sends more than {MAX_HEADERS} headers.", host=host)
        decode = decoder(headers.get("content-encoding", ""))
        if decode is None:
            raise OutwardRefused(f"{host} packs its answer in a way that was not asked for.", host=host)
        body = BoundedBody(cast(httpx2.AsyncByteStream, response.stream), decode, host, self._max_bytes)
        kept = [(name, value) for name, value in headers.raw if name.decode().lower() not in _OF_THE_PACKED_BODY]
        return httpx2.Response(response.status_code, headers=kept, stream=body, extensions=response.extensions)


class BoundedBody(httpx2.AsyncByteStream):
    """An answer's body, unpacked. Raises OutwardRefused once it is larger than `max_bytes`, packed or not."""

    def __init__(self, packed: httpx2.AsyncByteStream, decode: Plain | Inflating, host: str, max_bytes: int) -> None:
        self._packed = packed
        self._decode = decode
        self._host = host
        self._max_bytes = max_bytes

    async def __aiter__(self) -> AsyncIterator[bytes]:
        received = unpacked = 0
        async for data in self._packed:
            received += len(data)
            self._check(received)
            try:
                for piece in self._decode.pieces(data):
                    unpacked += len(piece)
                    self._check(unpacked)
                    yield piece
            except zlib.error:
                raise OutwardFailed(f"{self._host} sends what cannot be unpacked.", host=self._host) from None

    async def aclose(self) -> None:
        await self._packed.aclose()

    def _check(self, size: int) -> None:
        if size > self._max_bytes:
            raise OutwardRefused(f"{self._host} sends more than {self._max_bytes} bytes.", host=self._host)


@cache
def _certificates() -> ssl.SSLContext:
    """Those that the system trusts. Reading them takes long, so it is done once."""
    return httpx2.create_ssl_context(trust_env=False)
