"""What blocks take for a file: a data URI, a reference to a kept or uploaded file, or an address on the web."""

import base64
import binascii
import mimetypes
from urllib.parse import unquote_to_bytes, urlsplit

from blocks.context import Context
from blocks.errors import BlockError
from blocks.web import File
from blocks.workspace import is_reference

DATA = "data:"
PLAIN = "text/plain"
BINARY = "application/octet-stream"
#: Bytes of one file.
MAX_BYTES = 25 * 1024 * 1024


async def file_of(value: str, context: Context) -> File:
    """The file itself. Raises BlockError for one that is not there, faulty or too large."""
    if value.startswith(DATA):
        return file_in(value)
    if is_reference(value):
        return await context.services.workspace.read(value)
    if value.startswith(("http://", "https://")):
        return await _fetched(value, context)
    raise BlockError("A file is given as a data URI, as a reference to a kept or uploaded file, or as an address.")


def file_in(data_uri: str) -> File:
    """What a data URI carries (RFC 2397). Raises BlockError for a faulty one."""
    head, comma, body = data_uri.removeprefix(DATA).partition(",")
    if not comma:
        raise BlockError("The data URI has no comma, so it carries nothing.")
    is_base64 = head.endswith(";base64")
    content_type = head.removesuffix(";base64").split(";")[0].strip().lower() or PLAIN
    content = _decoded(body) if is_base64 else unquote_to_bytes(body)
    return bounded(
        File(name=f"file{mimetypes.guess_extension(content_type) or ''}", content=content, content_type=content_type)
    )


def data_uri(file: File) -> str:
    return f"{DATA}{file.content_type};base64,{base64.b64encode(file.content).decode()}"


def bounded(file: File) -> File:
    """The same file. Raises BlockError if it is too large."""
    if len(file.content) > MAX_BYTES:
        raise BlockError(f"The file has {len(file.content):,} bytes; the limit is {MAX_BYTES:,}.")
    return file


def text_of(file: File) -> str:
    """By UTF-8, or by Latin-1 where that does not fit."""
    try:
        return file.content.decode("utf-8")
    except UnicodeDecodeError:
        return file.content.decode("latin-1")


def _decoded(body: str) -> bytes:
    try:
        return base64.b64decode(unquote_to_bytes(body), validate=True)
    except (binascii.Error, ValueError) as error:
        raise BlockError("The data URI says base64, and is not.") from error


async def _fetched(url: str, context: Context) -> File:
    answer = await context.services.web.request("GET", url)
    if not answer.is_ok:
        raise BlockError(f"{urlsplit(url).hostname} answered with status {answer.status}; there is no file.")
    content_type = answer.headers.get("content-type", "").split(";")[0].strip().lower()
    name = urlsplit(answer.url).path.rpartition("/")[2] or "file"
    return bounded(File(name, answer.body, content_type or mimetypes.guess_type(name)[0] or BINARY))
