"""A storage whose files cannot be read to their end."""

from typing import Any

from django.core.files.base import File
from django.core.files.storage import FileSystemStorage

#: That can be read.
WHOLE_BYTES = 300_000


class BreakingFile(File):
    def read(self, size: int = -1) -> Any:
        if self.tell() > WHOLE_BYTES:
            raise ConnectionResetError("The storage is gone.")
        return super().read(size)


class BreakingStorage(FileSystemStorage):
    def _open(self, name: str, mode: str = "rb") -> BreakingFile:
        return BreakingFile(open(self.path(name), mode))
