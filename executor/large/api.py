"""Large values over the API."""

from typing import ClassVar, cast
from uuid import UUID

from django.http import FileResponse, Http404
from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from accounts.models import User
from api.negotiation import FileNegotiation
from api.scopes import Scope
from api.views import ApiView
from executor.large.files import storage
from executor.large.reading import belongs
from executor.large.references import path_of
from executor.models import GraphExecution, NodeOutput


class OutputFileView(ApiView):
    """The value that the reference in an output stands for, as JSON."""

    scopes: ClassVar = {"GET": (Scope.READ_RUN,)}
    content_negotiation_class = FileNegotiation

    @extend_schema(responses={200: OpenApiTypes.ANY})
    def get(self, request: Request, node_execution_id: UUID, index: int) -> FileResponse:
        executions = GraphExecution.objects.for_user(cast(User, request.user))
        own = NodeOutput.objects.filter(node_execution__execution__in=executions)
        own = own.select_related("node_execution")
        output = get_object_or_404(own, node_execution=node_execution_id, index=index)
        path = path_of(output.data)
        if path is None or not belongs(path, output.node_execution) or not storage().exists(path):
            raise Http404("This output is not in a file.")
        return FileResponse(storage().open(path), content_type="application/json")
