"""What tells two requests apart."""

import json
from hashlib import sha256
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.http import QueryDict
from rest_framework.request import Request


def request_digest(request: Request) -> str:
    """Of method, address, parameters and body; the order of names does not matter, nor a slash at the end."""
    address = f"{request.method} {request.path.rstrip('/')}"
    what = [address, [_plain(request.query_params), _plain(request.data)]]
    text = json.dumps(what, sort_keys=True, separators=(",", ":"))
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _plain(value: Any) -> Any:
    """Forms may have a name several times, and files."""
    if not isinstance(value, QueryDict):
        return value
    return {name: [_content(part) for part in parts] for name, parts in value.lists()}


def _content(part: Any) -> Any:
    if not isinstance(part, UploadedFile):
        return part
    digest = sha256()
    for chunk in part.chunks():
        digest.update(chunk)
    part.seek(0)
    return [part.name, part.content_type, digest.hexdigest()]
