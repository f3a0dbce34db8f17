"""HTTP alone, for a WSGI server beside daphne."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

from reliability.garbage import loading

with loading():
    from django.core.wsgi import get_wsgi_application

    application = get_wsgi_application()

    from executor.hosting.starting import refuse_unsafe_start

refuse_unsafe_start()
