"""Whose things a socket may follow. Each is one query, made once for a subscription."""

from uuid import UUID

from accounts.models import User
from executor.models import GraphExecution
from graphs.models import Graph
from realtime.database import in_database_thread


async def seq_of_own(user: User, execution_id: str) -> int | None:
    """How far their execution has come; None if it is not theirs."""
    if not _is_uuid(execution_id):
        return None
    found = GraphExecution.objects.for_user(user).filter(id=execution_id).values_list("seq", flat=True)
    return await in_database_thread(found.first)


async def owns_graph(user: User, graph_id: str) -> bool:
    return _is_uuid(graph_id) and await in_database_thread(Graph.objects.for_user(user).filter(id=graph_id).exists)


def _is_uuid(text: str) -> bool:
    """Only as it is written in events: the text names groups and channels, too."""
    try:
        return str(UUID(text)) == text
    except ValueError:
        return False
