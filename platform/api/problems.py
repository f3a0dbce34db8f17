"""Errors of the API as `application/problem+json` (RFC 9457), with `message` and `hint` for older clients."""

import logging
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views import defaults
from rest_framework.exceptions import APIException, ValidationError
from rest_framework.response import Response
from rest_framework.views import exception_handler, set_rollback

from reliability.errors import SluiceError

logger = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"
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


def handle(error: Exception, context: dict[str, Any]) -> Response:
    """Django REST framework's exception handler. An error that nobody foresaw is logged, and says nothing of itself.

    An error that knows when trying again makes sense says so as `retry_after`, in seconds.
    """
    if isinstance(error, RequestDataTooBig):
        limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        return _answer(413, "too_large", f"The body is larger than {limit} bytes (REQUEST_MAX_BYTES).", {})
    if isinstance(error, SluiceError):
        set_rollback()
        answer = _answer(error.http_status, error.code, error.message, error.data, retryable=error.retryable)
        if "retry_after" in error.data:
            answer["Retry-After"] = str(error.data["retry_after"])
        return answer
    known = exception_handler(error, context)
    if known is None:
        logger.error("A request failed", exc_info=error, extra={"action": "request_failed"})
        set_rollback()
        return _answer(500, "internal_error", "Something went wrong on the server.", {})
    answer = _answer(known.status_code, _code(error), _detail(error), _data(error))
    for name, value in known.headers.items():
        if name.lower() in ("www-authenticate", "retry-after"):
            answer[name] = value
    return answer


def problem(
    status: int, code: str, detail: str, data: dict[str, Any] | None = None, *, retryable: bool = False
) -> dict[str, Any]:
    """The body. data: what the error knows beside its text; it does not replace the standard members."""
    hint = RETRY_HINT if retryable else HINTS.get(status, HINTS[400 if status < 500 else 500])
    return (data or {}) | {
        "type": f"urn:sluice:problem:{code}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "code": code,
        "message": detail,
        "hint": hint,
    }


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """An address that leads nowhere."""
    if request.path.startswith(API):
        return JsonResponse(problem(404, "not_found", "There is no such address."), status=404, content_type=MEDIA_TYPE)
    return defaults.page_not_found(request, exception)


def server_error(request: HttpRequest) -> HttpResponse:
    """What went wrong outside the API's own views."""
    if request.path.startswith(API):
        body = problem(500, "internal_error", "Something went wrong on the server.")
        return JsonResponse(body, status=500, content_type=MEDIA_TYPE)
    return defaults.server_error(request)


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
