"""Taking in what users upload, and letting it go again."""

import logging
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import Count, Sum

from executor.dispatch.database import follow_own_starts
from executor.files.content_types import HEAD, content_type_of
from executor.files.errors import TooManyUploads, UploadTooLarge
from executor.files.models import NAME_CHARACTERS, Upload
from executor.large.files import storage
from reliability.errors import NotFound
from reliability.ids import uuid7

if TYPE_CHECKING:
    from accounts.models import User

logger = logging.getLogger(__name__)

#: Uploads that one call lets go.
AT_ONCE = 500


def store_upload(user: "User", file: UploadedFile, *, hours: int, now: datetime, id: UUID | None = None) -> Upload:
    """Keep a file for so many hours. Raises UploadTooLarge, TooManyUploads, and NotFound if it is deleted meanwhile.

    id: its own, if the caller has chosen one; the same file that was begun with it before is taken up again.

    1. Its row takes its place among what the user may keep.
    2. The file is written, outside of any transaction.
    3. From then on it can be read. Without that, the row goes when it expires.
    """
    if id is not None and (begun := _begun(user, id, now)) is not None:
        return begun if begun.is_complete else _written(begun, file)
    size = file.size or 0
    if size > (maximum := settings.UPLOAD_MAX_BYTES):
        message = f"The file has {size:,} bytes; the limit is {maximum:,} (UPLOAD_MAX_BYTES)."
        raise UploadTooLarge(message, limit="UPLOAD_MAX_BYTES", maximum=maximum)
    name = plain_name(file.name or "")
    content_type = content_type_of(_head(file), declared=file.content_type or "", name=name)
    upload = Upload(id=id or uuid7(), user=user, name=name, content_type=content_type, size=size, created_at=now)
    upload.expires_at = now + timedelta(hours=hours)
    _take_place(upload)
    return _written(upload, file)


def erase(upload: Upload) -> None:
    """First the file, so that nothing is left of which nobody knows."""
    storage().delete(upload.path)
    upload.delete()


def expire_uploads(*, now: datetime) -> int:
    """Let go what has expired. How many that were; the storage's trouble with one is not the others'."""
    due = Upload.objects.filter(expires_at__lte=now).order_by("expires_at")[:AT_ONCE]
    return sum(_erased(upload) for upload in due)


def plain_name(name: str) -> str:
    """Its last component, without what cannot be printed."""
    last = name.replace("\\", "/").rpartition("/")[2]
    return "".join(filter(str.isprintable, last))[-NAME_CHARACTERS:].strip(". ") or "file"


def _begun(user: "User", id: UUID, now: datetime) -> Upload | None:
    """The upload with this id, without what may be half written. One that has expired meanwhile goes."""
    begun = Upload.objects.for_user(user).filter(id=id).first()
    if begun is not None and begun.expires_at <= now:
        erase(begun)
        return None
    if begun is not None and not begun.is_complete:
        storage().delete(begun.path)
    return begun


def _written(upload: Upload, file: UploadedFile) -> Upload:
    storage().save(upload.path, file)
    if not Upload.objects.filter(id=upload.id).update(is_complete=True):
        storage().delete(upload.path)
        raise NotFound("The upload was deleted meanwhile.")
    upload.is_complete = True
    return upload


@transaction.atomic
def _take_place(upload: Upload) -> None:
    """Within the limits, exactly: those of one user's uploads that come at once follow one another."""
    follow_own_starts(upload.user_id)
    kept = Upload.objects.for_user(upload.user).aggregate(files=Count("id"), bytes=Sum("size"))
    if kept["files"] >= (most := settings.UPLOADS_PER_USER_MAX):
        raise _too_many(f"{most:,} files", "UPLOADS_PER_USER_MAX", most)
    if (kept["bytes"] or 0) + upload.size > (most := settings.UPLOADS_PER_USER_MAX_BYTES):
        raise _too_many(f"{most:,} bytes of files", "UPLOADS_PER_USER_MAX_BYTES", most)
    upload.save(force_insert=True)


def _too_many(what: str, limit: str, maximum: int) -> TooManyUploads:
    return TooManyUploads(f"A user may keep {what} ({limit}). Delete some.", limit=limit, maximum=maximum)


def _head(file: UploadedFile) -> bytes:
    head = file.read(HEAD)
    file.seek(0)
    return bytes(head)


def _erased(upload: Upload) -> bool:
    try:
        erase(upload)
    except OSError:
        extra = {"action": "upload_not_erased", "upload": str(upload.id)}
        logger.exception("An uploaded file cannot be erased; the next time tries again", extra=extra)
        return False
    return True
