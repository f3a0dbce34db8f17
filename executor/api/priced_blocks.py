"""The blocks over the API, with the prices in force."""

from hashlib import sha256
from typing import Any, ClassVar, cast

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response
from drf_spectacular.utils import extend_schema
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request

from accounts.models import User
from api.scopes import Scope
from api.views import ApiView
from blocks.prices import Price
from blocks.registry import registry
from credits.pricing.book import current_book
from executor.api.bodies import BlockBodySerializer
from graphs.availability import refused_blocks
from graphs.serializers import all_blocks


class BlocksView(ApiView):
    """What nodes of this user's graphs can do, and what it costs."""

    scopes: ClassVar = {"GET": (Scope.READ_BLOCK,)}

    @extend_schema(responses={200: BlockBodySerializer(many=True), 304: None})
    def get(self, request: Request) -> HttpResponseBase:
        """The list is long and rarely changes: whoever sends its `ETag` as `If-None-Match` gets it only if it has."""
        content = JSONRenderer().render(self._usable(cast(User, request.user)))
        answer = HttpResponse(content, content_type="application/json")
        answer["ETag"] = f'"{sha256(content).hexdigest()}"'
        answer["Cache-Control"] = "private, no-cache"
        known = get_conditional_response(request, etag=answer["ETag"], response=answer)
        return answer if known is None else known

    def _usable(self, user: User) -> list[dict[str, Any]]:
        book = current_book()
        prices = {block.id: book.in_force(block)[1] for block in registry}
        refused = refused_blocks(is_admin=user.is_staff)
        usable = (body for body in all_blocks() if body["id"] not in refused)
        return [body | {"costs": list(map(cost_body, prices[body["id"]]))} for body in usable]


def cost_body(price: Price) -> dict[str, Any]:
    """In the shape of the AutoGPT Platform."""
    return {
        "cost_amount": price.amount,
        "cost_filter": price.filter,
        "cost_type": price.type.lower(),
        "cost_divisor": price.divisor,
    }
