"""Requests as they come in from a server, ASGI or WSGI."""

from collections.abc import Mapping
from typing import Any

from django.core.handlers.asgi import ASGIRequest
from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpRequest

from api.request_shape import has_known_charset


class _WithKnownCharset(HttpRequest):
    """An odd charset counts as none, until `RequestShape` refuses it: Django would fail, some with the first look."""

    def _set_content_type_params(self, meta: Mapping[str, Any]) -> None:
        is_known = has_known_charset(meta.get("CONTENT_TYPE", ""))
        super()._set_content_type_params(meta if is_known else {})  # type: ignore[misc]


class AsgiRequest(_WithKnownCharset, ASGIRequest):
    pass


class WsgiRequest(_WithKnownCharset, WSGIRequest):
    pass
