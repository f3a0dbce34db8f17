"""Executions that go on from others: what they have taken over may refer to files that were kept before them."""

from collections.abc import Iterator
from uuid import UUID

from executor.hosting.threads import DatabaseThread
from executor.models import GraphExecution

#: Executions that are looked through, each of which the one before has gone on from.
GENERATIONS_MAX = 100


class UserLineage:
    """Implements executor.workspace.files.Lineage, for one root execution of one user."""

    def __init__(self, root_id: UUID, user_id: UUID, database: DatabaseThread) -> None:
        self._root_id = root_id
        self._user_id = user_id
        self._database = database

    async def earlier(self) -> list[UUID]:
        return await self._database.run(lambda: list(lineage(self._root_id, self._user_id))[1:])


def lineage(root_id: UUID, user_id: UUID) -> Iterator[UUID]:
    """The root execution, the one that it has gone on from, and so on. All are the user's; some may be deleted."""
    own = GraphExecution.objects.filter(user=user_id)
    next_id: UUID | None = root_id
    for _ in range(GENERATIONS_MAX):
        if next_id is None:
            return
        yield next_id
        next_id = own.filter(id=next_id, continues__user=user_id).values_list("continues", flat=True).first()
