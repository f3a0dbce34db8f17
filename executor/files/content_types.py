"""What kind of file something is: by how it begins, else by what its sender says, else by its name. Pure."""

import mimetypes
import re

from blocks.files import BINARY
from executor.files.models import TYPE_CHARACTERS

#: How many bytes of the beginning are looked at.
HEAD = 16

#: Kinds that people mistake for others, or that senders lie about, by how they begin.
_BEGINNINGS = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"%PDF-", "application/pdf"),
)
_TYPE = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]*/[a-z0-9][a-z0-9!#$&^_.+-]*")


def content_type_of(head: bytes, *, declared: str, name: str) -> str:
    """head: how it begins.  declared: what its sender says."""
    for beginning, found in _BEGINNINGS:
        if head.startswith(beginning):
            return found
    said = declared.partition(";")[0].strip().lower()
    if said != BINARY and len(said) <= TYPE_CHARACTERS and _TYPE.fullmatch(said):
        return said
    return mimetypes.guess_type(name)[0] or BINARY
