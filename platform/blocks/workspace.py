"""The files of one execution: blocks keep them there and pass on short references. No I/O here.

A reference is `workspace://<digest of the content>/<name>`, so that the same file kept twice is one file. What the
owner of the execution has uploaded is `upload://<id>/<name>`.
"""

import hashlib
import re
from typing import NoReturn, Protocol

from blocks.errors import BlockError
from blocks.web import File

SCHEME = "workspace://"
UPLOAD_SCHEME = "upload://"
#: Characters of a file's name.
MAX_NAME = 100

_REFERENCE = re.compile(r"workspace://([0-9a-f]{64})/([A-Za-z0-9_-][A-Za-z0-9._-]{0,99})")
_UPLOAD = re.compile(r"upload://([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})/([A-Za-z0-9_-][A-Za-z0-9._-]{0,99})")
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")


class Workspace(Protocol):
    """What the executions of one root execution share; it goes when they go."""

    async def keep(self, file: File) -> str:
        """Keep it; its reference. Raises BlockError beyond the limits."""

    async def read(self, reference: str) -> File:
        """What is kept here, or was uploaded by the owner of the execution. Raises BlockError for all else."""


class ClosedWorkspace:
    """Implements Workspace where there is none."""

    async def keep(self, file: File) -> NoReturn:
        raise BlockError("Files cannot be kept here.")

    async def read(self, reference: str) -> NoReturn:
        raise BlockError("There are no files here.")


def reference_to(file: File) -> str:
    """How blocks call this file."""
    return f"{SCHEME}{hashlib.sha256(file.content).hexdigest()}/{safe_name(file.name)}"


def parts_of(reference: str) -> tuple[str, str]:
    """Digest and name. Raises BlockError for what is no reference, such as one that leaves the workspace."""
    found = _REFERENCE.fullmatch(reference)
    if found is None:
        raise BlockError("This is no reference to a file of the workspace.")
    return found[1], found[2]


def is_reference(value: str) -> bool:
    """Whether a workspace is to be asked for it."""
    return value.startswith((SCHEME, UPLOAD_SCHEME))


def upload_reference(upload_id: str, name: str) -> str:
    """How inputs of graphs call an uploaded file."""
    return f"{UPLOAD_SCHEME}{upload_id}/{safe_name(name)}"


def upload_parts(reference: str) -> tuple[str, str]:
    """Id and name. Raises BlockError for what is no reference to an uploaded file."""
    found = _UPLOAD.fullmatch(reference)
    if found is None:
        raise BlockError("This is no reference to an uploaded file.")
    return found[1], found[2]


def safe_name(name: str) -> str:
    """A name that is one plain component of a path, with its ending."""
    safe = _UNSAFE.sub("_", name).lstrip(".")
    return safe[-MAX_NAME:].lstrip(".") or "file"
