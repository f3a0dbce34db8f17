"""Ada, her graph that answers what it is asked, and clients that speak for her and for a stranger."""

from dataclasses import dataclass
from typing import Any

from rest_framework.test import APIClient

from accounts.keys import issue
from accounts.models import User
from credits.ledger import grant
from graphs.models import Graph, GraphVersion
from graphs.storage import write_version
from tests.executor.building import build, given, result

ECHO_LINKS = ["question.result -> answer.value"]


@dataclass(frozen=True)
class Scene:
    ada: User
    version: GraphVersion
    api: APIClient
    stranger: APIClient

    @property
    def graph(self) -> str:
        return f"/api/v1/graphs/{self.version.graph_id}"


def make_scene(credits: int = 100) -> Scene:
    ada, grace = User.objects.create_user("ada@example.org", "secret-1"), User.objects.create_user("grace@example.org")
    if credits:
        grant(ada.credit_account, amount=credits, key="start", reason="To begin with")
    return Scene(ada=ada, version=store_echo(ada), api=client_of(ada), stranger=client_of(grace))


def store_echo(owner: User, value: Any = None) -> GraphVersion:
    """A graph with the input `question` and the output `answer`."""
    document = build({"question": given("question", value), "answer": result("answer")}, ECHO_LINKS, name="Echo")
    graph = Graph.objects.create(id=document.id, owner=owner, name="Echo")
    return write_version(graph, document)


def client_of(user: User) -> APIClient:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {issue(user, name='tests')[1]}")
    return client
