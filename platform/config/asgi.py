"""HTTP and sockets on one port."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

from reliability.garbage import loading

with loading():
    from django.core.asgi import get_asgi_application

    http = get_asgi_application()

    from channels.routing import ProtocolTypeRouter

    from executor.hosting.starting import refuse_unsafe_start
    from realtime.routing import socket_application

refuse_unsafe_start()

application = ProtocolTypeRouter({"http": http, "websocket": socket_application})
