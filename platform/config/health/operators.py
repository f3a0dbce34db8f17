"""Who may hear how an installation is: programs with OPERATOR_TOKEN, and staff who are signed in."""

from importlib import import_module

from django.conf import settings
from django.contrib.auth import get_user
from django.db import connection
from django.http import HttpRequest
from django.utils.crypto import constant_time_compare

SCHEME = "Bearer "


def has_token(request: HttpRequest) -> bool:
    """Decided without asking anything else, so that it works while the database does not."""
    sent = request.headers.get("Authorization", "")
    token = settings.OPERATOR_TOKEN
    return bool(token) and sent.startswith(SCHEME) and constant_time_compare(sent.removeprefix(SCHEME), token)


def is_staff(request: HttpRequest) -> bool:
    """Asks the database, on this thread."""
    if settings.SESSION_COOKIE_NAME not in request.COOKIES:
        return False
    store = import_module(settings.SESSION_ENGINE).SessionStore
    asking = HttpRequest()
    asking.session = store(request.COOKIES[settings.SESSION_COOKIE_NAME])
    try:
        user = get_user(asking)
        return user.is_active and user.is_staff
    finally:
        connection.close()
