"""A worker whose keys do not fit what is stored does not start: it would fail every node with credentials."""

import logging

from django.core.management.base import CommandError
from django.db import DatabaseError, connections

from accounts.credentials.checks import WAYS_OUT, misfit

logger = logging.getLogger(__name__)


def require_keys() -> None:
    """Raises CommandError. While the database is away nothing can be said, and nothing be opened."""
    try:
        sentence = misfit()
    except DatabaseError:
        logger.warning("The keys were not checked: the database does not answer", extra={"action": "keys_unchecked"})
        return
    finally:
        connections.close_all()
    if sentence:
        raise CommandError(f"{sentence} {WAYS_OUT}")
