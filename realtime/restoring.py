"""What Redis and clients know and the database does not: it was restored from a copy, and that never happened."""

from executor.errors import ExecutionNotFound
from executor.models import GraphExecution
from realtime import stream
from realtime.database import in_database_thread


async def drop_lost(execution_id: str) -> bool:
    """Drop an execution's stream if it is ahead of the rows. False: it is not, so it can be believed.

    The stream is asked first: in one history the rows that are read then are never behind it.
    Raises ExecutionNotFound, and what `connection.AWAY` holds.
    """
    newest = await stream.newest(execution_id)
    if newest <= await in_database_thread(_seq, execution_id):
        return False
    await stream.drop(execution_id)
    return True


def _seq(execution_id: str) -> int:
    seq = GraphExecution.objects.filter(id=execution_id).values_list("seq", flat=True).first()
    if seq is None:
        raise ExecutionNotFound
    return seq
