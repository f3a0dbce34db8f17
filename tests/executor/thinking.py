"""A model for tests that decides by what was said so far, as often as it is asked: a real server in a thread."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import LazySettings
from werkzeug import Request, Response

from executor.hosting.services import configured_models
from tests.quick_server import QuickServer

Body = dict[str, Any]


@contextmanager
def thinking(settings: LazySettings, think: Callable[[Body], Body]) -> Iterator[list[Body]]:
    """The model of all executions meanwhile. think: makes the reply to a request.  Gives what was asked so far."""
    asked: list[Body] = []

    def answer(request: Request) -> Response:
        asked.append(request.get_json())
        return Response(json.dumps(think(asked[-1])), content_type="application/json")

    with QuickServer("127.0.0.1") as server:
        server.expect_request("/v1/chat/completions").respond_with_handler(answer)
        settings.MODEL_PROVIDER, settings.MODEL_BASE_URL = "custom", server.url_for("/v1")
        settings.MODEL_API_KEY, settings.MODEL_UNKNOWN_PRICE = "key", "100000:100000"
        configured_models.cache_clear()
        try:
            yield asked
        finally:
            configured_models.cache_clear()


def answers_of_tools(body: Body) -> list[str]:
    return [message["content"] for message in body["messages"] if message["role"] == "tool"]
