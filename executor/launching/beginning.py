"""Storing a new execution with its first rows, once for each key of a client."""

from datetime import UTC, datetime

from django.db import IntegrityError, transaction

from executor.dispatch.ring import ring_on_commit
from executor.launching.first_rows import FirstRows, store
from executor.launching.requests import started_by
from executor.models import GraphExecution


def begin(execution: GraphExecution, rows: FirstRows, *, ring: bool) -> GraphExecution:
    """Store it QUEUED, and tell a worker after the commit; or give what the same request has begun meanwhile.

    Called inside a transaction. Of several with one key at once, one inserts; the others find its row.
    """
    if not ring:
        execution.dispatched_at = datetime.now(UTC)  # who runs it knows of it: as good as a ring
    try:
        with transaction.atomic():
            execution.save(force_insert=True)
    except IntegrityError:
        first = started_by(execution.user, execution.key, execution.request_digest)
        if first is None:
            raise
        return first
    store(rows)
    if ring:
        ring_on_commit(execution.id)
    return execution
