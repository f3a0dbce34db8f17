"""Whose things a socket may follow. Each is one query, made once for a subscription."""

from uuid import UUID

from accounts.models import User
from executor.models import GraphExecution
from graphs.models import Graph
from realtime.database import in_database_thread


async def owns_execution(user: User, execution_id: str) -> bool:
    found = GraphExecution.objects.for_user(user)
    return _is_uuid(execution_id) and await in_database_thread(found.filter(id=execution_id).exists)


async def owns_graph(user: User, graph_id: str) -> bool:
    return _is_uuid(graph_id) and await in_database_thread(Graph.objects.for_user(user).filter(id=graph_id).exists)


def _is_uuid(text: str) -> bool:
    """Only as it is written in events: the text names groups and channels, too."""
    try:
        return str(UUID(text)) == text
    except ValueError:
        return False
