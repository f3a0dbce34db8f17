"""Executions that go on from others: what they have taken over may refer to files that were kept before them."""

from uuid import UUID

from django.db import connection

from executor.hosting.threads import DatabaseThread
from executor.models import GraphExecution
from reliability.sql import adapters

#: From one to the one that it has gone on from, however many these are.
_LINE = """
    WITH RECURSIVE line(id, continues_id, generation) AS (
        SELECT id, continues_id, 0 FROM executor_graphexecution WHERE id = %(root)s AND user_id = %(user)s
        UNION ALL
        SELECT earlier.id, earlier.continues_id, generation + 1
        FROM line JOIN executor_graphexecution earlier ON earlier.id = line.continues_id
        WHERE earlier.user_id = %(user)s
    )
    SELECT id FROM line ORDER BY generation
"""


class UserLineage:
    """Implements executor.workspace.files.Lineage, for one root execution of one user."""

    def __init__(self, root_id: UUID, user_id: UUID, database: DatabaseThread) -> None:
        self._root_id = root_id
        self._user_id = user_id
        self._database = database

    async def earlier(self) -> list[UUID]:
        return await self._database.run(lambda: lineage(self._root_id, self._user_id)[1:])


def lineage(root_id: UUID, user_id: UUID) -> list[UUID]:
    """The root execution, the one that it has gone on from, and so on. All are the user's; some may be deleted.

    One query.
    """
    adapt = adapters(connection.vendor)
    values = {"root": adapt.uuid(root_id), "user": adapt.uuid(user_id)}
    return [execution.id for execution in GraphExecution.objects.raw(_LINE, values)]
