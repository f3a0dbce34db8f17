"""What a request must look like before anybody looks into it: lengths, and texts that databases can hold."""

import re
from collections.abc import Callable, Mapping
from io import SEEK_END
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.http import parse_header_parameters

from api.errors import AddressTooLong, BodyTooLarge, CharsetUnknown, HeadersTooLarge, LengthRequired
from api.problems import problem_response
from reliability.errors import InvalidInput, NotFound, SluiceError

ADDRESS_MAX_LENGTH = 8192
HEADERS_MAX_LENGTH = 32 * 1024
#: More than any body has bytes.
LENGTH_MAX_DIGITS = 18
#: More than any Content-Type that is one; to take a long one apart takes the longer the longer it is, squared.
CONTENT_TYPE_MAX_LENGTH = 1000
#: What texts may be written in. Python knows more, some of which are no charsets, and keeps every name it is asked.
CHARSETS = frozenset(
    {"", "utf-8", "utf8", "us-ascii", "ascii", "iso-8859-1", "latin-1", "latin1", "windows-1252", "cp1252"}
)

_NOT_STORABLE = re.compile("[\x00\ud800-\udfff]")


class RequestShape:
    """A middleware that refuses what no view could use."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        try:
            require_bounded(request)
            require_charset(request)
            require_length(request)
        except SluiceError as error:
            return problem_response(error)
        return self._get_response(request)


def require_bounded(request: HttpRequest) -> None:
    """Raises AddressTooLong and HeadersTooLarge."""
    if len(request.path) + len(request.META.get("QUERY_STRING", "")) > ADDRESS_MAX_LENGTH:
        raise AddressTooLong(f"The address is longer than {ADDRESS_MAX_LENGTH} characters.", maximum=ADDRESS_MAX_LENGTH)
    sizes = (len(name) + len(str(value)) for name, value in request.META.items() if name.startswith("HTTP_"))
    if sum(sizes) > HEADERS_MAX_LENGTH:
        raise HeadersTooLarge(
            f"The headers are larger than {HEADERS_MAX_LENGTH} characters.", maximum=HEADERS_MAX_LENGTH
        )


def require_charset(request: HttpRequest) -> None:
    """Raises CharsetUnknown."""
    if not has_known_charset(request.META.get("CONTENT_TYPE", "")):
        raise CharsetUnknown


def has_known_charset(content_type: str) -> bool:
    """Parameters in charsets of their own (RFC 2231), which nobody sends, count as unknown ones.

    So does what is too long to be looked at.
    """
    if len(content_type) > CONTENT_TYPE_MAX_LENGTH:
        return False
    _, _, parameters = content_type.partition(";")
    return "*" not in parameters and parse_header_parameters(content_type)[1].get("charset", "").lower() in CHARSETS


def require_length(request: HttpRequest) -> None:
    """A body that came in pieces gets the length that it has, where the server has put it together.

    Otherwise it would count as empty. Raises LengthRequired, and InvalidInput for a length that is no number.
    """
    length = request.META.get("CONTENT_LENGTH") or ""
    if length and not (length.isascii() and length.isdigit() and len(length) <= LENGTH_MAX_DIGITS):
        raise InvalidInput("The header Content-Length is not a number.")
    if length or not request.META.get("HTTP_TRANSFER_ENCODING"):
        return
    stream = getattr(request, "_stream", None)
    if stream is None or not (hasattr(stream, "seekable") and stream.seekable()):
        raise LengthRequired
    request.META["CONTENT_LENGTH"] = str(stream.seek(0, SEEK_END))
    stream.seek(0)


def require_size(request: HttpRequest, maximum: int, *, setting: str = "REQUEST_MAX_BYTES") -> None:
    """Raises BodyTooLarge, before anything of the body is read. setting: the limit's name."""
    if int(request.META.get("CONTENT_LENGTH") or 0) > maximum:
        raise BodyTooLarge(f"The body is larger than {maximum} bytes ({setting}).", maximum=maximum)


def require_storable(request: HttpRequest, kwargs: Mapping[str, Any]) -> None:
    """Raises NotFound for such an address, and InvalidInput for parameters that name themselves."""
    if any(isinstance(value, str) and _NOT_STORABLE.search(value) for value in kwargs.values()):
        raise NotFound
    for name, values in request.GET.lists():
        if any(map(_NOT_STORABLE.search, (name, *values))):
            shown = _NOT_STORABLE.sub("�", name)
            message = "It holds a character that cannot be stored."
            raise InvalidInput(f"{shown}: {message}", fields={shown: message})
