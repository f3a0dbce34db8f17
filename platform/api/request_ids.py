"""Every request has an id: it is in the answer's header, in problems, and in whatever is logged meanwhile."""

import logging
import re
import secrets
from collections.abc import Callable
from contextvars import ContextVar

from django.http import HttpRequest
from django.http.response import HttpResponseBase

HEADER = "Request-Id"
#: Where the request itself has it, for what is logged after its answer.
META = "REQUEST_ID"
RANDOM_BYTES = 12

_SANE = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)
_current: ContextVar[str] = ContextVar("request_id", default="")


def current_request_id() -> str:
    """Of the request that is being worked on; empty outside of requests."""
    return _current.get()


class RequestIds:
    """The outermost middleware. An id of the caller's is taken over if it is plain enough for headers and logs."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        request_id = request.META[META] = chosen(request.headers.get(HEADER, ""))
        token = _current.set(request_id)
        try:
            response = self._get_response(request)
        finally:
            _current.reset(token)
        response[HEADER] = request_id
        return response


class RequestIdFilter(logging.Filter):
    """Gives each record a `request_id`; it is empty outside of requests."""

    def filter(self, record: logging.LogRecord) -> bool:
        request = getattr(record, "request", None)
        after = request.META.get(META, "") if isinstance(request, HttpRequest) else ""
        record.request_id = current_request_id() or after
        return True


def chosen(asked: str) -> str:
    return asked if _SANE.fullmatch(asked) else secrets.token_hex(RANDOM_BYTES)
