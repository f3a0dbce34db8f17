"""The workspace of one root execution, in the same storage as its large values: they are deleted together.

What it has taken over from earlier executions may refer to their files, which are read where they are.
"""

import asyncio
import mimetypes
from collections.abc import AsyncIterator
from typing import Protocol
from uuid import UUID

from django.conf import settings
from django.core.files.base import ContentFile

from blocks.errors import BlockError
from blocks.web import File
from blocks.workspace import UPLOAD_SCHEME, parts_of, reference_to
from executor.large.files import storage
from executor.large.references import folder_of_root

FOLDER = "workspace"


class Uploads(Protocol):
    """What the owner of the execution has uploaded."""

    async def read(self, reference: str) -> File:
        """Raises BlockError for what is not there."""


class Lineage(Protocol):
    """What the execution has gone on from."""

    async def earlier(self) -> list[UUID]:
        """Its root executions, the newest first."""


class ExecutionWorkspace:
    """Implements blocks.workspace.Workspace. One object keeps all files of its execution, one after the other."""

    def __init__(self, root_id: UUID, uploads: Uploads | None = None, lineage: Lineage | None = None) -> None:
        self._root_id = root_id
        self._uploads = uploads
        self._lineage = lineage
        self._folder = f"{folder_of_root(root_id)}/{FOLDER}"
        self._turn = asyncio.Lock()
        #: Bytes by file name; None until the storage was asked, for an earlier owner may have kept some.
        self._sizes: dict[str, int] | None = None

    async def keep(self, file: File) -> str:
        async with self._turn:
            return await asyncio.to_thread(self._keep, file)

    async def read(self, reference: str) -> File:
        if self._uploads is not None and reference.startswith(UPLOAD_SCHEME):
            return await self._uploads.read(reference)
        digest, name = parts_of(reference)
        async for root_id in self._roots():
            content = await asyncio.to_thread(_content, stored_path(root_id, digest, name))
            if content is not None:
                return File(name, content, mimetypes.guess_type(name)[0] or "application/octet-stream")
        raise BlockError(f"The file {name} is not in the workspace of this execution.")

    async def _roots(self) -> AsyncIterator[UUID]:
        """The earlier ones are only asked for if the file is not here."""
        yield self._root_id
        if self._lineage is not None:
            for root_id in await self._lineage.earlier():
                yield root_id

    def _keep(self, file: File) -> str:
        reference = reference_to(file)
        name = _stored_name(*parts_of(reference))
        if self._sizes is None:
            self._sizes = self._kept()
        if self._sizes.get(name) != len(file.content):  # not there, or half of it
            self._check(len(file.content), self._sizes)
            self._save(name, file.content)
            self._sizes[name] = len(file.content)
        return reference

    def _save(self, name: str, content: bytes) -> None:
        path = f"{self._folder}/{name}"
        if storage().exists(path):
            storage().delete(path)
        storage().save(path, ContentFile(content))

    def _kept(self) -> dict[str, int]:
        try:
            _, names = storage().listdir(self._folder)
        except FileNotFoundError:
            return {}
        return {name: storage().size(f"{self._folder}/{name}") for name in names}

    def _check(self, more: int, sizes: dict[str, int]) -> None:
        files, total = settings.WORKSPACE_MAX_FILES, settings.WORKSPACE_MAX_BYTES
        if len(sizes) >= files:
            raise BlockError(f"The workspace has {files:,} files; the limit is WORKSPACE_MAX_FILES.")
        if sum(sizes.values()) + more > total:
            raise BlockError(f"The workspace would have more than {total:,} bytes (WORKSPACE_MAX_BYTES).")


def stored_path(root_id: UUID, digest: str, name: str) -> str:
    """Where the storage has a file of the workspace."""
    return f"{folder_of_root(root_id)}/{FOLDER}/{_stored_name(digest, name)}"


def _content(path: str) -> bytes | None:
    """None if there is no such file."""
    try:
        with storage().open(path) as stored:
            return bytes(stored.read())
    except FileNotFoundError:
        return None


def _stored_name(digest: str, name: str) -> str:
    return f"{digest}-{name}"
