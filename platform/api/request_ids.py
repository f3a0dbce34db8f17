"""Every request has an id: it is in the answer's header, in problems, and in whatever is logged meanwhile."""

import logging
import re
import secrets
import time
from collections.abc import Callable

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from structlog.contextvars import bound_contextvars, get_contextvars

from api.asking import AskedBy

logger = logging.getLogger(__name__)

HEADER = "Request-Id"
#: Where the request itself has it, for what is logged after its answer.
META = "REQUEST_ID"
RANDOM_BYTES = 12

_SANE = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)


def current_request_id() -> str:
    """Of the request that is being worked on; empty outside of requests."""
    return str(get_contextvars().get("request_id", ""))


class RequestIds:
    """The outermost middleware. An id of the caller's is taken over if it is plain enough for headers and logs.

    Each answer is logged, with the pattern of its address: an address itself may hold secrets.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        begun = time.perf_counter()
        request_id = request.META[META] = chosen(request.headers.get(HEADER, ""))
        with bound_contextvars(request_id=request_id, user_id=AskedBy(request)):
            response = self._get_response(request)
            _log(request, response, time.perf_counter() - begun)
        response[HEADER] = request_id
        return response


def chosen(asked: str) -> str:
    return asked if _SANE.fullmatch(asked) else secrets.token_hex(RANDOM_BYTES)


def _log(request: HttpRequest, response: HttpResponseBase, seconds: float) -> None:
    match = request.resolver_match
    facts = {
        "method": request.method,
        "route": match.route if match else "",
        "status": response.status_code,
        "milliseconds": round(seconds * 1000, 1),
    }
    logger.info("A request was answered", extra={"action": "request_answered", **facts})
