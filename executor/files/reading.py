"""What blocks read of the files that the owner of their execution has uploaded."""

import asyncio
from datetime import UTC, datetime
from uuid import UUID

from blocks.errors import BlockError
from blocks.files import MAX_BYTES
from blocks.web import File
from blocks.workspace import upload_parts
from executor.files.models import Upload
from executor.hosting.threads import DatabaseThread
from executor.large.files import storage


class UserUploads:
    """Implements executor.workspace.files.Uploads, for one user."""

    def __init__(self, user_id: UUID, database: DatabaseThread) -> None:
        self._user_id = user_id
        self._database = database

    async def read(self, reference: str) -> File:
        upload_id, name = upload_parts(reference)
        upload = await self._database.run(self._find, upload_id)
        if upload is None:
            raise BlockError(f"The uploaded file {name} is not there: it was never yours, or has expired.")
        if upload.size > MAX_BYTES:
            raise BlockError(f"The file {name} has {upload.size:,} bytes; a block takes {MAX_BYTES:,} at most.")
        return await asyncio.to_thread(_read, upload, name)

    def _find(self, upload_id: str) -> Upload | None:
        own = Upload.objects.filter(user=self._user_id, id=upload_id)
        return own.readable(now=datetime.now(UTC)).first()


def _read(upload: Upload, name: str) -> File:
    try:
        with storage().open(upload.path) as stored:
            return File(name, bytes(stored.read()), upload.content_type)
    except FileNotFoundError as error:
        raise BlockError(f"The uploaded file {name} is gone.") from error
