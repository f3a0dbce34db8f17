"""Files that users upload for their graphs to read."""

from datetime import datetime
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models

from blocks.workspace import upload_reference
from reliability.ids import uuid7

if TYPE_CHECKING:
    from accounts.models import User

NAME_CHARACTERS = 200
TYPE_CHARACTERS = 100


class UploadQuerySet(models.QuerySet["Upload"]):
    def for_user(self, user: "User") -> "UploadQuerySet":
        return self.filter(user=user)

    def readable(self, *, now: datetime) -> "UploadQuerySet":
        """Those that are there as a whole, and have not expired."""
        return self.filter(is_complete=True, expires_at__gt=now)


class Upload(models.Model):
    """A file, for its owner alone and for a limited time. The row is there before the file, and goes after it."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="uploads", db_index=False)
    name = models.CharField(max_length=NAME_CHARACTERS)
    content_type = models.CharField(max_length=TYPE_CHARACTERS)
    #: Bytes.
    size = models.BigIntegerField()
    #: Whether all of it has been stored.
    is_complete = models.BooleanField(default=False)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(db_index=True)

    objects = UploadQuerySet.as_manager()

    class Meta:
        ordering = ("-created_at",)
        indexes = [models.Index(fields=["user", "-created_at"], name="upload_of_user")]

    def __str__(self) -> str:
        return self.name

    @property
    def path(self) -> str:
        """Where it is, in the storage of large values."""
        return f"uploads/{self.user_id}/{self.id}"

    @property
    def uri(self) -> str:
        """What an input of a graph is given for it."""
        return upload_reference(str(self.id), self.name)
