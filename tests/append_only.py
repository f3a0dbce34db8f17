"""How tests get past the ledger's triggers: to corrupt it on purpose, and to empty the database between tests."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from credits.append_only import protect, unprotect


@contextmanager
def lifted(connection: BaseDatabaseWrapper) -> Iterator[None]:
    """Without the triggers inside, with them again afterwards; one transaction, so that no crash leaves them out."""
    with transaction.atomic(using=connection.alias):
        unprotect(connection)
        yield
        protect(connection)


@pytest.fixture(scope="session", autouse=True)
def flush_past_the_triggers() -> Iterator[None]:
    """Transactional tests end with a flush, which deletes (SQLite) or truncates (PostgreSQL) every table."""
    from django.db.backends.base.operations import BaseDatabaseOperations  # only once Django is set up

    flush = BaseDatabaseOperations.execute_sql_flush

    def flush_with_triggers_lifted(operations: "BaseDatabaseOperations", statements: Any) -> None:
        with lifted(operations.connection):
            flush(operations, statements)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(BaseDatabaseOperations, "execute_sql_flush", flush_with_triggers_lifted)
        yield
