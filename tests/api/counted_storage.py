"""A storage that counts how often it is looked into."""

from typing import Any

from django.core.files.storage import FileSystemStorage


class CountedStorage(FileSystemStorage):
    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.looks = 0

    def exists(self, name: str) -> bool:
        self.looks += 1
        return super().exists(name)

    def listdir(self, path: str) -> tuple[list[str], list[str]]:
        self.looks += 1
        return super().listdir(path)
