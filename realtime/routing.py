"""Where sockets lead."""

from typing import Any

from channels.routing import URLRouter
from django.urls import re_path

from realtime.consumers import LiveConsumer
from realtime.limits import Limits
from realtime.send_window import install, send_window
from reliability.flowing import InTurn


def sockets(limits: Limits | None = None) -> InTurn:
    """The ASGI application of sockets. limits: of one socket, where they are not the usual ones."""
    live = LiveConsumer.as_asgi(limits=limits)
    return send_window(URLRouter([re_path(r"^ws/?\Z", live), re_path("", refuse)]))  # type: ignore[arg-type]


async def refuse(scope: Any, receive: Any, send: Any) -> None:
    """There is no socket at this address."""
    await receive()
    await send({"type": "websocket.close"})


install()
socket_application = sockets()
