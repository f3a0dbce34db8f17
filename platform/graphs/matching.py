"""The version that a client expects a graph to have, in `ETag` and `If-Match` (RFC 9110 §13.1.1)."""

import re

from rest_framework.request import Request

from graphs.models import GraphVersion
from reliability.errors import InvalidInput

HEADER = "If-Match"
_ONE = re.compile(r'(?:W/)?"([1-9][0-9]{0,9})"')


def etag(version: GraphVersion) -> str:
    return f'"{version.number}"'


def expected_version(request: Request) -> int | None:
    """The number that the header names; None without one, or if any will do. Raises InvalidInput."""
    wish = request.headers.get(HEADER, "*").strip()
    if wish == "*":
        return None
    found = _ONE.fullmatch(wish)
    if found is None:
        message = 'It must be the number of a version in quotation marks, such as "3".'
        raise InvalidInput(f"{HEADER}: {message}", fields={HEADER: message})
    return int(found[1])
