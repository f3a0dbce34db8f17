"""How the HTTP client opens its connections: only to addresses that were checked."""

from collections.abc import Iterable
from typing import Any

import httpcore2

from reliability.net.addresses import Address
from reliability.net.errors import OutwardRefused
from reliability.net.opening import Resolve, allowed_addresses, check_peer, open_first
from reliability.net.rules import Destinations

#: The longest that one of several addresses may keep the others waiting.
CONNECT_SECONDS = 10.0


Stream = httpcore2.AsyncNetworkStream


class CheckedBackend(httpcore2.AsyncNetworkBackend):
    """Implements the network of httpcore. Whatever the client does (redirects, a new connection), it passes here."""

    def __init__(self, destinations: Destinations, resolve: Resolve) -> None:
        self._destinations = destinations
        self._resolve = resolve
        self._network = httpcore2.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> Stream:
        async def open_one(address: Address) -> Stream:
            seconds = min(timeout or CONNECT_SECONDS, CONNECT_SECONDS)
            try:
                return await self._network.connect_tcp(str(address), port, seconds, None, socket_options)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
                raise ConnectionError(str(address)) from error

        addresses = await allowed_addresses(host, port, self._destinations, self._resolve)
        try:
            stream = await open_first(addresses, open_one)
        except ConnectionError as error:
            raise httpcore2.ConnectError(f"No address of {host} takes connections.") from error
        return await self._checked(host, port, stream)

    async def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> Stream:
        raise OutwardRefused("A socket in the file system may not be asked.")

    async def sleep(self, seconds: float) -> None:
        await self._network.sleep(seconds)

    async def _checked(self, host: str, port: int, stream: httpcore2.AsyncNetworkStream) -> Stream:
        try:
            check_peer(host, port, stream.get_extra_info("server_addr")[0], self._destinations)
        except OutwardRefused:
            await stream.aclose()
            raise
        return stream
