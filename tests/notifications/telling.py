"""Endpoints of a sink's, and what was sent to them."""

from datetime import timedelta
from typing import Any

from django.db.models.functions import Now

from accounts.models import User
from graphs.document import GraphDocument
from graphs.models import Graph
from notifications.endpoints.making import make_endpoint
from notifications.kinds import OF_EXECUTIONS
from notifications.models import Delivery, Endpoint
from tests.executor.building import build, given, result
from tests.notifications.sink import Sink


def told_at(sink: Sink, user: User, *kinds: str, graph: Graph | None = None) -> tuple[Endpoint, str]:
    """An endpoint, and its secret. kinds: all unless some are given."""
    wanted = list(kinds) or [kind.value for kind in OF_EXECUTIONS]
    endpoint, secret = make_endpoint(user, url=sink.url, kinds=wanted, graph=graph)
    return endpoint, secret.reveal()


def echo(value: Any = "Why?") -> GraphDocument:
    return build(
        {"question": given("question", value), "answer": result("answer")}, ["question.result -> answer.value"]
    )


def come_due() -> None:
    """As if the next try of all that wait had come."""
    Delivery.objects.waiting().filter(next_at__isnull=False).update(
        next_at=Now() - timedelta(seconds=1), claimed_until=None
    )


def the_delivery() -> Delivery:
    return Delivery.objects.get()
