"""The one way outward. Whoever asks a server that a user or a graph has named asks through a door."""

import asyncio
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

import httpx2

from reliability.net import opening
from reliability.net.errors import OutwardFailed, OutwardRefused
from reliability.net.hops import MAX_REDIRECTS, FilePart, Hop, first_hop, next_hop
from reliability.net.hosts import is_listed
from reliability.net.rules import Destinations, Endpoint, Rules
from reliability.net.services import Services, endpoint
from reliability.net.transport import Transport


@dataclass(frozen=True, slots=True)
class Reply:
    """headers: by their names in lower case, several of one name joined.  url: of the last hop."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    url: str = field(repr=False)


@dataclass(slots=True)
class _Ways:
    """The open connections of one event loop: to whoever users name, and to where the operator has put services."""

    public: Transport
    services: Transport


class Door:
    """Asks over HTTP and opens sockets, within the rules. One serves all event loops of a process."""

    def __init__(self, rules: Rules, *, resolve: opening.Resolve = opening.resolve) -> None:
        self._rules = rules
        self._resolve = resolve
        self._services = Services(rules.services)
        self._ways: dict[asyncio.AbstractEventLoop, _Ways] = {}
        self._lock = Lock()

    async def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, Any] | None = None,
        json: Any = None,
        form: Mapping[str, str] | None = None,
        files: Mapping[str, FilePart] | None = None,
        content: bytes | None = None,
        hosts: frozenset[str] | None = None,
        timeout_seconds: float = 30,
    ) -> Reply:
        """Ask once and follow redirects.

        hosts: the only ones it may go to, at every hop; `*.example.org` stands for all below. None for any.
        Raises OutwardRefused for what is not allowed, OutwardFailed for what may go better another time.
        """
        hop = first_hop(
            method, url, headers=headers or {}, params=params, json=json, form=form, files=files, content=content
        )
        seconds = min(timeout_seconds, self._rules.max_seconds)
        try:
            async with asyncio.timeout(seconds):
                return await self._follow(hop, hosts, seconds)
        except TimeoutError:
            raise OutwardFailed(f"{hop.url.host} did not answer within {seconds:g} seconds.") from None

    async def hand_over(
        self, url: str, *, headers: Mapping[str, str], content: bytes, timeout_seconds: float, first_bytes: int
    ) -> Reply:
        """POST once: a redirect is an answer like others, and of the answer's body no more is read than is wanted.

        Raises OutwardRefused and OutwardFailed.
        """
        hop = first_hop("POST", url, headers=headers, params=None, json=None, form=None, files=None, content=content)
        seconds = min(timeout_seconds, self._rules.max_seconds)
        try:
            async with asyncio.timeout(seconds), self._answer(hop, seconds) as response:
                body = await _beginning(response, first_bytes)
                return Reply(response.status_code, dict(response.headers), body, str(hop.url))
        except TimeoutError:
            raise OutwardFailed(f"{hop.url.host} did not answer within {seconds:g} seconds.") from None

    async def connect(
        self, host: str, port: int, *, hosts: frozenset[str] | None = None, timeout_seconds: float = 30
    ) -> socket.socket:
        """A connected socket for a client of mail that works in a thread; its user closes it.

        Raises OutwardRefused and OutwardFailed.
        """
        _check_host(host, hosts)
        seconds = min(timeout_seconds, self._rules.max_seconds)
        target = self._services.origin(host)
        destinations = self._destinations(self._rules.mail_ports, frozenset({target} if target else ()))
        try:
            async with asyncio.timeout(seconds):
                return await opening.open_socket(
                    *(target or (host, port)), destinations=destinations, resolve=self._resolve, seconds=seconds
                )
        except TimeoutError:
            raise OutwardFailed(f"{host} did not answer within {seconds:g} seconds.") from None

    def placed(self, base_url: str) -> str:
        """Where the service of this base address is asked: there, unless the operator has put it elsewhere."""
        return str(self._services.moved(httpx2.URL(base_url)) or base_url)

    def client(self, base_url: str) -> httpx2.AsyncClient:
        """A client for packages that want one. base_url: of the server that the operator has named, wherever it is."""
        trusted = frozenset({endpoint(httpx2.URL(base_url))}) if base_url else frozenset()
        return httpx2.AsyncClient(transport=self._transport(trusted), trust_env=False, follow_redirects=False)

    async def close(self) -> None:
        """Close the connections of this event loop."""
        with self._lock:
            ways = self._ways.pop(asyncio.get_running_loop(), None)
        if ways is not None:
            await ways.public.aclose()
            await ways.services.aclose()

    async def _follow(self, hop: Hop, hosts: frozenset[str] | None, seconds: float) -> Reply:
        for _ in range(MAX_REDIRECTS + 1):
            _check_host(hop.url.host, hosts)
            async with self._answer(hop, seconds) as response:
                onward = next_hop(hop, response.status_code, response.headers.get("location"))
                if onward is None:
                    body = await response.aread()
                    return Reply(response.status_code, dict(response.headers), body, str(hop.url))
            hop = onward
        raise OutwardRefused(f"{hop.url.host} redirects more than {MAX_REDIRECTS} times.")

    @asynccontextmanager
    async def _answer(self, hop: Hop, seconds: float) -> AsyncIterator[httpx2.Response]:
        """What the server of this hop answers. The client's own words for an error may quote a secret."""
        elsewhere = self._services.moved(hop.url)
        ways = self._ways_here()
        way = ways.public if elsewhere is None else ways.services
        try:
            response = await way.handle_async_request(hop.request(elsewhere or hop.url, seconds))
            try:
                yield response
            finally:
                await response.aclose()
        except (httpx2.LocalProtocolError, UnicodeError):
            raise OutwardRefused(f"The request for {hop.url.host} has headers that cannot be sent.") from None
        except httpx2.TimeoutException:
            raise OutwardFailed(f"{hop.url.host} did not answer within {seconds:g} seconds.") from None
        except httpx2.HTTPError as error:
            raise OutwardFailed(f"{hop.url.host} cannot be reached ({type(error).__name__}).") from None

    def _ways_here(self) -> _Ways:
        """Those of the running loop. The ones of loops that have ended are forgotten."""
        loop = asyncio.get_running_loop()
        ways = self._ways.get(loop)
        if ways is None:
            services = self._transport(self._services.endpoints())
            ways = _Ways(self._transport(frozenset()), services)
            with self._lock:
                self._ways = {other: kept for other, kept in self._ways.items() if not other.is_closed()} | {loop: ways}
        return ways

    def _transport(self, trusted: frozenset[Endpoint]) -> Transport:
        destinations = self._destinations(self._rules.http_ports, trusted)
        return Transport(destinations, self._resolve, max_bytes=self._rules.max_bytes)

    def _destinations(self, ports: frozenset[int], trusted: frozenset[Endpoint]) -> Destinations:
        return Destinations(private_hosts=self._rules.private_hosts, ports=ports, trusted=trusted)


async def _beginning(response: httpx2.Response, size: int) -> bytes:
    body = b""
    async for piece in response.aiter_bytes():
        body += piece
        if len(body) >= size:
            break
    return body[:size]


def _check_host(host: str, hosts: frozenset[str] | None) -> None:
    if hosts is not None and not is_listed(host, hosts):
        raise OutwardRefused(f"{host} is not among the hosts that this may be sent to.", host=host)
