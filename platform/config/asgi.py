"""HTTP and sockets on one port."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

from reliability.garbage import loading

with loading():
    import django

    django.setup(set_prefix=False)

    from channels.routing import ProtocolTypeRouter

    from config.serving.handlers import Asgi
    from config.serving.window import answer_window, install
    from executor.hosting.starting import refuse_unsafe_start
    from realtime.routing import socket_application

    http = Asgi()

refuse_unsafe_start()
install()

application = ProtocolTypeRouter({"http": answer_window(http), "websocket": socket_application})
