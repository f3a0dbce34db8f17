"""Where sockets lead."""

from channels.routing import URLRouter
from django.urls import path

from realtime.consumers import LiveConsumer
from realtime.limits import Limits
from realtime.send_window import SendWindow, install


def sockets(limits: Limits | None = None) -> SendWindow:
    """The ASGI application of sockets. limits: of one socket, where they are not the usual ones."""
    return SendWindow(URLRouter([path("ws", LiveConsumer.as_asgi(limits=limits))]))


install()
socket_application = sockets()
