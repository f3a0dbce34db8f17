"""Blocks at the door: implements blocks.web.Web over reliability.net."""

import socket
from collections.abc import Mapping
from typing import Any

from blocks.errors import BlockError
from blocks.web import Answer, File, HeaderValue
from reliability.net.door import Door
from reliability.net.errors import OutwardFailed, OutwardRefused
from reliability.secrets import Secret


class DoorWeb:
    """Implements blocks.web.Web. Whatever goes wrong outside is an expected trouble of the block."""

    def __init__(self, door: Door) -> None:
        self._door = door

    async def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, HeaderValue] | None = None,
        params: Mapping[str, Any] | None = None,
        json: Any = None,
        form: Mapping[str, str] | None = None,
        files: Mapping[str, File] | None = None,
        content: bytes | None = None,
        hosts: frozenset[str] | None = None,
        timeout_seconds: float = 30,
    ) -> Answer:
        try:
            reply = await self._door.request(
                method,
                url,
                headers=_revealed(headers),
                params=_revealed(params),
                json=json,
                form=_revealed(form),
                files={name: (file.name, file.content, file.content_type) for name, file in (files or {}).items()}
                or None,
                content=content,
                hosts=hosts,
                timeout_seconds=timeout_seconds,
            )
        except (OutwardRefused, OutwardFailed) as error:
            raise BlockError(error.message) from error
        return Answer(reply.status, reply.headers, reply.body, reply.url)

    async def connect(
        self, host: str, port: int, *, hosts: frozenset[str] | None = None, timeout_seconds: float = 30
    ) -> socket.socket:
        try:
            return await self._door.connect(host, port, hosts=hosts, timeout_seconds=timeout_seconds)
        except (OutwardRefused, OutwardFailed) as error:
            raise BlockError(error.message) from error


def _revealed(values: Mapping[str, Any] | None) -> dict[str, Any]:
    """As they are sent: the one place where a block's secrets are read."""
    return {name: value.reveal() if isinstance(value, Secret) else value for name, value in (values or {}).items()}
