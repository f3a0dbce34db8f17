"""The fake world: one real server on loopback that stands in for every service, reached through the real door.

`https://api.github.com/user` is asked for at `http://127.0.0.1:<port>/api.github.com/user`; the door puts the one
address in the place of the other, as the setting SERVICE_ADDRESSES has it. A module of this package per service says
what that service answers, and where its documentation says so.
"""

import atexit
import json
import logging
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from threading import Event
from typing import Any
from urllib.parse import urlsplit

from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from blocks.outward import DoorWeb
from reliability.net.door import Door
from reliability.net.rules import PrivateHosts, Rules, parse_services


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request that came in. address: as the block knows it, without its query.  headers: names in lower case."""

    method: str
    address: str
    params: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    form: Mapping[str, str]

    @property
    def json(self) -> Any:
        return json.loads(self.body)


#: A body (JSON, text or bytes), with a status before it and headers behind it if they matter.
Said = Any
Answering = Callable[[Call], Said]


@dataclass
class World:
    """hosts: for whom it stands in.  calls: what came in, in order.  strangers: those of them that nobody answers."""

    server: HTTPServer
    hosts: set[str] = field(default_factory=set)
    calls: list[Call] = field(default_factory=list)
    strangers: list[Call] = field(default_factory=list)
    over: Event = field(default_factory=Event)
    _answers: list[tuple[str, re.Pattern[str], Answering]] = field(default_factory=list)

    def says(self, asked: str, said: Said | Answering) -> None:
        """Answer `"GET https://api.example.org/path"` so, from now on. A `*` in the path stands for one part of it.

        said: the answer, or a function of the Call that gives it.
        """
        method, _, address = asked.partition(" ")
        self.hosts.add(urlsplit(address).netloc)
        pattern = re.compile(re.escape(address).replace(r"\*", "[^/]+"))
        self._answers.insert(0, (method, pattern, said if callable(said) else lambda call: said))

    def says_nothing(self, asked: str) -> None:
        """Take the request and answer only when the test is over."""
        self.says(asked, self._wait)

    @property
    def service_addresses(self) -> list[str]:
        """The value of the setting."""
        return [f"{host}={self.server.url_for('')}/{host}" for host in sorted(self.hosts)]

    def web(self, *, max_seconds: float = 10) -> DoorWeb:
        """The real door, as it stands with these services."""
        services = parse_services(self.service_addresses)
        return DoorWeb(Door(Rules(private_hosts=PrivateHosts(), services=services, max_seconds=max_seconds)))

    def asked(self, method: str, address: str) -> list[Call]:
        return [call for call in self.calls if (call.method, call.address) == (method, address)]

    @property
    def counted(self) -> dict[str, int]:
        """How often each service was asked, by its host."""
        return dict(Counter(urlsplit(call.address).netloc for call in self.calls))

    def _wait(self, call: Call) -> Said:
        self.over.wait(10)
        return 504, ""

    def handle(self, request: Request) -> Response:
        call = _call(request)
        self.calls.append(call)
        for method, pattern, answering in self._answers:
            if method == call.method and pattern.fullmatch(call.address):
                return _response(answering(call))
        self.strangers.append(call)
        return Response("Nobody answers this here.", status=501)


@contextmanager
def world() -> Iterator[World]:
    """A world for one test. It fails the test when something was asked that nobody answers."""
    server = _server()
    made = World(server)
    server.expect_request(re.compile(".*")).respond_with_handler(made.handle)
    try:
        yield made
        server.check()
        assert [f"{call.method} {call.address}" for call in made.strangers] == []
    finally:
        made.over.set()
        server.clear()


@cache
def _server() -> HTTPServer:
    """One for all tests of the process, because stopping one takes half a second."""
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    server = HTTPServer(host="127.0.0.1", threaded=True)
    server.start()
    atexit.register(server.stop)
    return server


def _call(request: Request) -> Call:
    _, host, *rest = request.path.split("/", 2)
    return Call(
        method=request.method,
        address=f"https://{host}/{rest[0] if rest else ''}",
        params=request.args.to_dict(),
        headers={name.lower(): value for name, value in request.headers.items()},
        body=request.get_data(parse_form_data=False, cache=True),
        form=request.form.to_dict(),
    )


def _response(said: Said) -> Response:
    status, body, headers = 200, said, {}
    if isinstance(said, tuple):
        status, body, *rest = said
        headers = rest[0] if rest else {}
    if isinstance(body, str | bytes):
        return Response(body, status=status, headers=headers)
    return Response(json.dumps(body), status=status, headers=headers, content_type="application/json")
