"""Which form an answer takes, by the header `Accept`."""

from collections.abc import Iterable

from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request

JSON = "application/json"
PROBLEM = "application/problem+json"


class JsonNegotiation(DefaultContentNegotiation):
    """Who takes problems takes JSON: they are what may come, too. Who wishes for nothing takes anything."""

    def get_accept_list(self, request: Request) -> list[str]:
        return [_as_json(wish) for wish in super().get_accept_list(request)] or ["*/*"]


class FileNegotiation(DefaultContentNegotiation):
    """A file has the form that it has, whatever is wished for."""

    def select_renderer(
        self, request: Request, renderers: Iterable[BaseRenderer], format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        first = next(iter(renderers))
        return first, first.media_type


def _as_json(wish: str) -> str:
    kind, separator, parameters = wish.partition(";")
    return f"{JSON}{separator}{parameters}" if kind.strip().lower() == PROBLEM else wish
