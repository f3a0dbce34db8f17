"""Sharing executions over the API: the owner's side, and what everybody with the link may see."""

from functools import partial
from typing import Any, ClassVar
from uuid import UUID

from django.http import FileResponse, Http404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from api.negotiation import FileNegotiation
from api.scopes import Scope
from api.views import ApiView, PublicView
from executor.api.executions import own_execution
from executor.models import GraphExecution
from executor.sharing.answering import discreet, download
from executor.sharing.files import find_file
from executor.sharing.links import page_address, revoke, share, shared_execution, shared_token
from executor.sharing.serializers import ShareBodySerializer, SharedBodySerializer, share_body, shared_body


class ShareView(ApiView):
    """The link to an execution's outputs."""

    scopes: ClassVar = {
        "GET": (Scope.READ_RUN, Scope.SHARE_RUN),
        "POST": (Scope.READ_RUN, Scope.SHARE_RUN),
        "DELETE": (Scope.SHARE_RUN,),
    }

    @extend_schema(responses={200: ShareBodySerializer})
    def get(self, request: Request, graph_id: UUID, execution_id: UUID) -> Response:
        return _told(request, shared_token(own_execution(request, graph_id, execution_id)))

    @extend_schema(request=None, responses={200: ShareBodySerializer})
    def post(self, request: Request, graph_id: UUID, execution_id: UUID) -> Response:
        """Share it. Shared already, it keeps its link."""
        return _told(request, share(own_execution(request, graph_id, execution_id)))

    @extend_schema(responses={204: OpenApiResponse(description="The link leads nowhere any more.")})
    def delete(self, request: Request, graph_id: UUID, execution_id: UUID) -> Response:
        revoke(own_execution(request, graph_id, execution_id))
        return Response(status=204)


class SharedView(PublicView):
    """The outputs of a shared execution, for anybody with the link."""

    @extend_schema(responses={200: SharedBodySerializer})
    def get(self, request: Request, token: str) -> Response:
        return Response(shared_body(_found(token), partial(file_address, token)))

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Response:
        answer = super().finalize_response(request, response, *args, **kwargs)
        discreet(answer)
        return answer


class SharedFileView(PublicView):
    """A file that the outputs of a shared execution refer to, for keeping."""

    content_negotiation_class = FileNegotiation

    @extend_schema(responses={(200, "application/octet-stream"): OpenApiTypes.BINARY})
    def get(self, request: Request, token: str, file_id: str) -> FileResponse:
        file = find_file(_found(token), file_id)
        if file is None:
            raise Http404
        return download(file)

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Response:
        answer = super().finalize_response(request, response, *args, **kwargs)
        discreet(answer)
        return answer


def file_address(token: str, file_id: str) -> str:
    return f"/api/v1/public/shared/{token}/files/{file_id}/download"


def _told(request: Request, token: str | None) -> Response:
    address = partial(page_address, site=request.build_absolute_uri("/"))
    return Response(share_body(token, address), headers={"Cache-Control": "no-store"})


def _found(token: str) -> GraphExecution:
    """Raises Http404, for unknown links and for revoked ones alike."""
    execution = shared_execution(token)
    if execution is None:
        raise Http404
    return execution
