"""A web that answers from a table, for blocks whose servers need no life of their own."""

import json
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from blocks.errors import BlockError
from blocks.web import Answer


@dataclass
class CannedWeb:
    """Implements blocks.web.Web. answers: as `blocks.base.Example.web` has them.  asked: what was asked, in order."""

    answers: Mapping[str, Any] = field(default_factory=dict)
    asked: list[dict[str, Any]] = field(default_factory=list)

    async def request(self, method: str, url: str, **options: Any) -> Answer:
        self.asked.append({"method": method, "url": url, **options})
        key = f"{method} {url.partition('?')[0]}"
        assert key in self.answers, f"nothing answers {key}"
        return _answer(self.answers[key], url)

    async def connect(self, host: str, port: int, **options: Any) -> socket.socket:
        raise BlockError(f"{host} does not take connections at port {port}.")


def _answer(canned: Any, url: str) -> Answer:
    status, body, headers = 200, canned, {}
    if isinstance(canned, tuple):
        status, body, *rest = canned
        headers = dict(rest[0]) if rest else {}
    if isinstance(body, bytes):
        return Answer(status, headers, body, url)
    kind = "text/plain; charset=utf-8" if isinstance(body, str) else "application/json"
    content = body if isinstance(body, str) else json.dumps(body)
    return Answer(status, {"content-type": kind} | headers, content.encode(), url)
