"""Where sockets lead."""

from channels.auth import AuthMiddlewareStack
from channels.routing import URLRouter
from django.urls import path

from realtime.consumers import LiveConsumer

socket_application = AuthMiddlewareStack(URLRouter([path("ws", LiveConsumer.as_asgi())]))
