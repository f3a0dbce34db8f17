"""How tests get past the ledger's triggers, to corrupt it on purpose."""

from collections.abc import Iterator
from contextlib import contextmanager

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
