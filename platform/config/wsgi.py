"""HTTP alone, for a WSGI server beside daphne."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

from reliability.garbage import loading

with loading():
    import django

    django.setup(set_prefix=False)

    from config.serving.handlers import Wsgi
    from executor.hosting.starting import refuse_unsafe_start

    application = Wsgi()

refuse_unsafe_start()
