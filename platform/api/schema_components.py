"""What all operations of the schema refer to. Settings read it, so nothing of Django is imported here."""

from http import HTTPStatus
from typing import Any

WITH_RETRY_AFTER = (HTTPStatus.CONFLICT, HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE)
#: Every status that a problem may have in the schema.
PROBLEMS = (400, 401, 402, 403, 404, 409, 411, 413, 414, 415, 422, 428, 429, 500, 501, 502, 503, 504)

_WHOLE = {"type": "integer", "minimum": 0}
_HEADERS = {
    "Request-Id": ("RequestId", "The request's id, which is also in the server's log.", {"type": "string"}),
    "RateLimit-Limit": ("RateLimitLimit", "How many requests a minute has.", _WHOLE),
    "RateLimit-Remaining": ("RateLimitRemaining", "How many of them are left.", _WHOLE),
    "RateLimit-Reset": ("RateLimitReset", "Seconds until one more is free.", _WHOLE),
}
_RETRY_AFTER = {"Retry-After": {"$ref": "#/components/headers/RetryAfter"}}
#: In every answer.
ALWAYS = {name: {"$ref": f"#/components/headers/{component}"} for name, (component, _, _) in _HEADERS.items()}


def components() -> dict[str, Any]:
    """What all operations refer to."""
    return {
        "schemas": {"Problem": _PROBLEM},
        "responses": {f"Problem{status}": _described(status) for status in PROBLEMS},
        "headers": _headers(),
        "parameters": {"IdempotencyKey": _KEY_PARAMETER},
        "securitySchemes": _WAYS_IN,
    }


def _described(status: int) -> dict[str, Any]:
    return {
        "description": HTTPStatus(status).phrase,
        "headers": ALWAYS | (_RETRY_AFTER if status in WITH_RETRY_AFTER else {}),
        "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }


def _headers() -> dict[str, Any]:
    found = {component: {"description": text, "schema": schema} for component, text, schema in _HEADERS.values()}
    return found | {"RetryAfter": {"description": "Seconds until it makes sense to try again.", "schema": _WHOLE}}


_TEXT = {"type": "string"}
_PROBLEM = {
    "type": "object",
    "description": "RFC 9457. Decide by `code`; what each means is at the address `type` of the site.",
    "properties": {
        "type": {"type": "string", "format": "uri-reference"},
        "title": _TEXT,
        "status": {"type": "integer"},
        "detail": _TEXT,
        "code": _TEXT,
        "message": {"type": "string", "description": "The same as `detail`, for older clients."},
        "hint": _TEXT,
        "request_id": _TEXT,
        "fields": {"type": "object", "additionalProperties": _TEXT, "description": "What is wrong, by field."},
    },
    "required": ["type", "title", "status", "detail", "code", "message", "hint"],
    "additionalProperties": {},
}
_KEY_PARAMETER = {
    "name": "Idempotency-Key",
    "in": "header",
    "description": "Of your choice. A request that comes again with it has no second effect.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
}
_WAYS_IN = {
    "bearer": {"type": "http", "scheme": "bearer", "description": "An API key. The scopes that it needs are listed."},
    "key": {"type": "apiKey", "in": "header", "name": "X-API-Key", "description": "An API key, for older clients."},
    "page": {
        "type": "apiKey",
        "in": "cookie",
        "name": "sessionid",
        "description": "The session of a signed-in page. Writes also need Django's CSRF token as `X-CSRFToken`.",
    },
}
