"""The files of large values, through Django's storage API: on this machine's disk, or wherever the settings say."""

import asyncio
from uuid import UUID

from django.core.files.base import ContentFile
from django.core.files.storage import Storage, storages

from executor.large.references import folder_of_root

#: The storage's name in `STORAGES`.
VALUES = "values"


def storage() -> Storage:
    return storages[VALUES]


class StoredFiles:
    """Implements executor.engine.surroundings.Files."""

    async def keep(self, path: str, text: str) -> str:
        return await asyncio.to_thread(storage().save, path, ContentFile(text.encode()))


def text_of(path: str) -> bytes:
    """The JSON text of a kept value. Raises FileNotFoundError."""
    with storage().open(path) as file:
        return bytes(file.read())


def delete_files(root_id: UUID) -> None:
    """Delete the large values of an execution and of everything inside it; done again, it changes nothing."""
    _empty(folder_of_root(root_id))


def _empty(folder: str) -> None:
    try:
        folders, names = storage().listdir(folder)
    except FileNotFoundError:
        return
    for name in names:
        storage().delete(f"{folder}/{name}")
    for inner in folders:
        _empty(f"{folder}/{inner}")
