"""Uploads of users who are deleted: their rows go with the user, and so do the files."""

import logging
from functools import partial
from typing import Any

from django.db import transaction

from executor.files.models import Upload
from executor.large.files import storage

logger = logging.getLogger(__name__)


def erase_with_user(sender: type[Upload], instance: Upload, origin: Any, **kwargs: Any) -> None:
    """Erase its file once the deletion is committed. Whoever erases one upload erases the file before its row."""
    if origin is not instance:
        transaction.on_commit(partial(_erase, instance.path), robust=True)


def _erase(path: str) -> None:
    """The storage's trouble with one is not the others'."""
    try:
        storage().delete(path)
    except OSError:
        extra = {"action": "upload_left", "path": path}
        logger.exception("A file of a deleted user cannot be erased", extra=extra)
