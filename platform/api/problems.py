"""Errors of the API as `application/problem+json` (RFC 9457), with `message` and `hint` for older clients."""

import logging
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.db import DataError
from django.http import HttpRequest, HttpResponse, JsonResponse, UnreadablePostError
from django.views import defaults
from rest_framework.exceptions import APIException, ValidationError
from rest_framework.response import Response
from rest_framework.views import exception_handler, set_rollback

from api.errors import BodyTooLarge
from api.figures import note_hit
from api.negotiation import PROBLEM
from api.request_ids import current_request_id
from reliability.errors import InvalidInput, NotFound, SluiceError

logger = logging.getLogger(__name__)

MEDIA_TYPE = PROBLEM
API = "/api/"
HINTS = {
    400: "Correct the request and send it again.",
    401: "Send an API key as `Authorization: Bearer …`.",
    402: "Add credits and try again.",
    404: "Check the address. What belongs to somebody else is not shown either.",
    409: "Look at the current state and try again if it still makes sense.",
    500: "Try again later. If it happens again, tell whoever runs this installation.",
}
RETRY_HINT = "Try again in a moment."
#: Where a page tells what each code means.
PAGES = "/problems/"
#: What the database or its driver says of values that no column holds, and Django of what it cannot take apart.
UNUSABLE = (DataError, OverflowError, UnicodeError, SuspiciousOperation, UnreadablePostError)


def handle(error: Exception, context: dict[str, Any]) -> Response:
    """Django REST framework's exception handler. An error that nobody foresaw is logged, and says nothing of itself.

    An error that knows when trying again makes sense says so as `retry_after`, in seconds.
    """
    set_rollback()
    known = as_ours(error)
    if known is not None:
        return _answer_of(known)
    known_here = exception_handler(error, context)
    if known_here is None:
        logger.error("A request failed", exc_info=error, extra={"action": "request_failed"})
        return _answer(500, "internal_error", "Something went wrong on the server.", {})
    answer = _answer(known_here.status_code, _code(error), _detail(error), _data(error))
    for name, value in known_here.headers.items():
        if name.lower() in ("www-authenticate", "retry-after"):
            answer[name] = value
    return answer


def as_ours(error: Exception) -> SluiceError | None:
    """The error itself, or what stands for it; None if it is none of ours."""
    if isinstance(error, SluiceError):
        return error
    if isinstance(error, RequestDataTooBig):
        limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        return BodyTooLarge(f"The body is larger than {limit} bytes (REQUEST_MAX_BYTES).", maximum=limit)
    if isinstance(error, UNUSABLE):
        logger.warning("A request could not be used", exc_info=error, extra={"action": "request_unusable"})
        return InvalidInput("The request holds something that cannot be read or stored.")
    return None


def problem(
    status: int, code: str, detail: str, data: dict[str, Any] | None = None, *, retryable: bool = False
) -> dict[str, Any]:
    """The body. data: what the error knows beside its text; it does not replace the standard members."""
    hint = RETRY_HINT if retryable else HINTS.get(status, HINTS[400 if status < 500 else 500])
    request_id = {"request_id": found} if (found := current_request_id()) else {}
    return (
        (data or {})
        | request_id
        | {
            "type": f"{PAGES}{code}",
            "title": HTTPStatus(status).phrase,
            "status": status,
            "detail": detail,
            "code": code,
            "message": detail,
            "hint": hint,
        }
    )


def problem_response(error: SluiceError) -> HttpResponse:
    """For who answers before there is a view."""
    body = problem(error.http_status, error.code, error.message, error.data, retryable=error.retryable)
    return JsonResponse(body, status=error.http_status, content_type=MEDIA_TYPE)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """A request that Django itself refuses, such as one for another host."""
    if not request.path.startswith(API):
        return defaults.bad_request(request, exception)
    return problem_response(InvalidInput("The request cannot be understood, or is for another host."))


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """An address that leads nowhere."""
    if not request.path.startswith(API):
        return defaults.page_not_found(request, exception)
    return problem_response(NotFound("There is no such address."))


def server_error(request: HttpRequest) -> HttpResponse:
    """What went wrong outside the API's own views."""
    if not request.path.startswith(API):
        return defaults.server_error(request)
    body = problem(500, "internal_error", "Something went wrong on the server.")
    return JsonResponse(body, status=500, content_type=MEDIA_TYPE)


def _answer_of(error: SluiceError) -> Response:
    answer = _answer(error.http_status, error.code, error.message, error.data, retryable=error.retryable)
    if error.http_status == HTTPStatus.TOO_MANY_REQUESTS:
        note_hit(str(error.data.get("limit", error.code)))
    if "retry_after" in error.data:
        answer["Retry-After"] = str(error.data["retry_after"])
    return answer


def _answer(status: int, code: str, detail: str, data: dict[str, Any], *, retryable: bool = False) -> Response:
    body = problem(status, code, detail, data, retryable=retryable)
    return Response(body, status=status, content_type=MEDIA_TYPE)


def _code(error: Exception) -> str:
    if isinstance(error, ValidationError):
        return "invalid_input"
    return str(error.default_code) if isinstance(error, APIException) else "not_found"


def _detail(error: Exception) -> str:
    if isinstance(error, ValidationError):
        return " ".join(f"{place}: {text}" if place else text for place, text in _flat(error.detail))
    return str(error.detail) if isinstance(error, APIException) else "There is no such thing."


def _data(error: Exception) -> dict[str, Any]:
    return {"fields": dict(_flat(error.detail))} if isinstance(error, ValidationError) else {}


def _flat(detail: Any, place: str = "") -> list[tuple[str, str]]:
    """`(field, message)` pairs of a validation error; inner fields are joined with dots."""
    if isinstance(detail, dict):
        return [
            pair for name, inner in detail.items() for pair in _flat(inner, f"{place}.{name}" if place else str(name))
        ]
    if isinstance(detail, list):
        return [(place, " ".join(text for part in detail for _, text in _flat(part)))]
    return [(place, str(detail))]
