"""Things that tests need, with defaults that rarely matter."""

from typing import Any

from accounts.models import User
from credits.ledger import grant
from credits.models import Account
from graphs.document import GraphDocument
from graphs.models import Graph, GraphVersion
from graphs.storage import write_version


def make_user(
    email: str = "ada@example.org", *, credits: int = 1000, password: str | None = None, **fields: Any
) -> User:
    """Ada owns things. Without a password nobody can sign in, and making the user is fast."""
    user = User.objects.create_user(email, password, **fields)
    if credits:
        grant(Account.objects.get(user=user), amount=credits, key="made-for-a-test", reason="For a test")
    return user


def make_graph(user: User, document: GraphDocument) -> GraphVersion:
    """Store a document as the first version of a graph. Its nodes keep their ids, so one document is stored once."""
    graph = Graph.objects.create(id=document.id, owner=user, name=document.name, description=document.description)
    return write_version(graph, document)
