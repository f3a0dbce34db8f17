"""The blocks over the API, with the prices in force."""

from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from blocks.prices import Price
from blocks.registry import registry
from credits.pricing.book import current_book
from graphs.serializers import all_blocks


class BlocksView(APIView):
    """What nodes can do, and what it costs."""

    def get(self, request: Request) -> Response:
        book = current_book()
        prices = {block.id: book.in_force(block)[1] for block in registry}
        return Response([body | {"costs": list(map(cost_body, prices[body["id"]]))} for body in all_blocks()])


def cost_body(price: Price) -> dict[str, Any]:
    """In the shape of the AutoGPT Platform."""
    return {
        "cost_amount": price.amount,
        "cost_filter": price.filter,
        "cost_type": price.type.lower(),
        "cost_divisor": price.divisor,
    }
