"""Uploaded files over the API. Their owner alone finds them."""

from datetime import UTC, datetime
from typing import ClassVar, cast
from uuid import UUID

from django.conf import settings
from django.http import FileResponse, Http404
from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import User
from api.idempotency import id_to_make
from api.negotiation import FileNegotiation
from api.paging import CursorQuery, page_of
from api.scopes import Scope
from api.views import ApiView, Repeats
from executor.files.models import Upload, UploadQuerySet
from executor.files.serializers import (
    FileBodySerializer,
    FilesPageSerializer,
    UploadedFileBodySerializer,
    UploadQuery,
    UploadSerializer,
)
from executor.files.storing import erase, store_upload
from executor.large.files import storage

#: What the form around a file may have.
FORM_BYTES = 64 * 1024
#: A browser that shows a file all the same runs nothing of it.
HARMLESS = "default-src 'none'; sandbox"


class UploadView(ApiView):
    """Uploading a file, as the part `file` of a form."""

    scopes: ClassVar = {"POST": (Scope.WRITE_FILES,)}
    repeats = Repeats.CLAIMED
    problems: ClassVar = {"POST": (404,)}
    parser_classes = (MultiPartParser,)
    size_setting = "UPLOAD_MAX_BYTES"

    @property
    def max_bytes(self) -> int:
        maximum: int = settings.UPLOAD_MAX_BYTES
        return maximum + FORM_BYTES

    @extend_schema(
        parameters=[UploadQuery],
        request={"multipart/form-data": UploadSerializer},
        responses={201: UploadedFileBodySerializer},
    )
    def post(self, request: Request) -> Response:
        query = UploadQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        body = UploadSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        hours, now = query.validated_data["expiration_hours"], datetime.now(UTC)
        user, file = cast(User, request.user), body.validated_data["file"]
        upload = store_upload(user, file, hours=hours, now=now, id=id_to_make(request))
        return Response(UploadedFileBodySerializer(upload).data, status=201)


class FilesView(ApiView):
    """What the user has uploaded, the newest first."""

    scopes: ClassVar = {"GET": (Scope.READ_FILES,)}

    @extend_schema(parameters=[CursorQuery], responses={200: FilesPageSerializer})
    def get(self, request: Request) -> Response:
        query = CursorQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        page = page_of(_own(request), query.validated_data)
        return Response(page.body(lambda upload: FileBodySerializer(upload).data))


class FileView(ApiView):
    """One uploaded file."""

    scopes: ClassVar = {"GET": (Scope.READ_FILES,), "DELETE": (Scope.WRITE_FILES,)}

    @extend_schema(responses={200: FileBodySerializer})
    def get(self, request: Request, upload_id: UUID) -> Response:
        """What is known of it."""
        return Response(FileBodySerializer(own_upload(request, upload_id)).data)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, upload_id: UUID) -> Response:
        erase(own_upload(request, upload_id))
        return Response(status=204)


class FileDownloadView(ApiView):
    """What is in an uploaded file."""

    scopes: ClassVar = {"GET": (Scope.READ_FILES,)}
    content_negotiation_class = FileNegotiation

    @extend_schema(responses={(200, "*/*"): OpenApiTypes.BINARY})
    def get(self, request: Request, upload_id: UUID) -> FileResponse:
        upload = own_upload(request, upload_id)
        try:
            content = storage().open(upload.path)
        except FileNotFoundError as error:
            raise Http404 from error
        answer = FileResponse(content, as_attachment=True, filename=upload.name, content_type=upload.content_type)
        answer["Content-Security-Policy"] = HARMLESS
        answer["Cache-Control"] = "private, no-store"
        answer["X-Content-Type-Options"] = "nosniff"
        return answer


def own_upload(request: Request, upload_id: UUID) -> Upload:
    """Raises Http404."""
    upload: Upload = get_object_or_404(_own(request), id=upload_id)
    return upload


def _own(request: Request) -> UploadQuerySet:
    return Upload.objects.for_user(cast(User, request.user)).readable(now=datetime.now(UTC))
