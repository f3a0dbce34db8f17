"""Uploads as the API takes and shows them, in the shapes of the AutoGPT Platform."""

from typing import Any

from rest_framework import serializers

from api.paging import page_serializer
from executor.files.models import Upload

HOURS, HOURS_MAX = 24, 48


class UploadQuery(serializers.Serializer[Any]):
    """expiration_hours: how long it is kept."""

    expiration_hours = serializers.IntegerField(min_value=1, max_value=HOURS_MAX, default=HOURS)


class UploadSerializer(serializers.Serializer[Any]):
    """One part of a form. It may be empty."""

    file = serializers.FileField(allow_empty_file=True)


class FileBodySerializer(serializers.Serializer[Upload]):
    """file_uri: what an input of a graph is given for it. size: bytes."""

    id = serializers.UUIDField()
    file_uri = serializers.CharField(source="uri")
    file_name = serializers.CharField(source="name")
    content_type = serializers.CharField()
    size = serializers.IntegerField()
    created_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField()


class UploadedFileBodySerializer(FileBodySerializer):
    """As it was just uploaded."""

    expires_in_hours = serializers.SerializerMethodField()

    def get_expires_in_hours(self, upload: Upload) -> int:
        return round((upload.expires_at - upload.created_at).total_seconds() / 3600)


FilesPageSerializer = page_serializer(FileBodySerializer)
