"""Running one block over the API."""

from typing import ClassVar, cast

from django.conf import settings
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import User
from api.scopes import Scope
from api.views import ApiView, Repeats
from executor.api.bodies import ExecutionBodySerializer
from executor.api.client_keys import asked_by
from executor.api.serializers import BlockOptionsSerializer, execution_body
from executor.errors import InputInvalid
from executor.launching.single_block import block_outputs, launch_block, wait_for_end

#: `{output name: [values]}`, for the schema.
OUTPUTS = {"type": "object", "additionalProperties": {"type": "array", "items": {}}}


class BlockExecuteView(ApiView):
    """The body is the block's inputs. Its outputs are the answer, or, if they take too long, its execution is."""

    scopes: ClassVar = {"POST": (Scope.EXECUTE_BLOCK,)}
    repeats = Repeats.BY_ITSELF
    problems: ClassVar = {"POST": (402, 503)}

    @extend_schema(
        parameters=[BlockOptionsSerializer],
        request=OpenApiTypes.OBJECT,
        responses={200: OUTPUTS, 202: ExecutionBodySerializer},
    )
    def post(self, request: Request, block_id: str) -> Response:
        options = BlockOptionsSerializer(data=request.query_params)
        options.is_valid(raise_exception=True)
        if not isinstance(request.data, dict):
            raise InputInvalid("The inputs must be an object: `{input: value}`.", fields={"": "Must be an object."})
        execution = launch_block(
            cast(User, request.user), block_id, request.data, **options.validated_data, **asked_by(request)
        )
        ended = wait_for_end(execution, seconds=settings.BLOCK_WAIT_SECONDS)
        if ended is None:
            return Response(execution_body(execution), status=202)
        return Response(block_outputs(ended))
