"""What an API key may be allowed to do. The names are those of the AutoGPT Platform where it has the like."""

from collections.abc import Collection, Iterable
from enum import StrEnum

from reliability.errors import NotAllowed


class Scope(StrEnum):
    IDENTITY = "IDENTITY"
    WRITE_IDENTITY = "WRITE_IDENTITY"
    READ_KEYS = "READ_KEYS"
    WRITE_KEYS = "WRITE_KEYS"
    READ_BLOCK = "READ_BLOCK"
    EXECUTE_BLOCK = "EXECUTE_BLOCK"
    READ_GRAPH = "READ_GRAPH"
    WRITE_GRAPH = "WRITE_GRAPH"
    EXECUTE_GRAPH = "EXECUTE_GRAPH"
    READ_LIBRARY = "READ_LIBRARY"
    WRITE_LIBRARY = "WRITE_LIBRARY"
    READ_RUN = "READ_RUN"
    WRITE_RUN = "WRITE_RUN"
    SHARE_RUN = "SHARE_RUN"
    READ_RUN_REVIEW = "READ_RUN_REVIEW"
    WRITE_RUN_REVIEW = "WRITE_RUN_REVIEW"
    READ_SCHEDULE = "READ_SCHEDULE"
    WRITE_SCHEDULE = "WRITE_SCHEDULE"
    READ_CREDITS = "READ_CREDITS"
    WRITE_CREDITS = "WRITE_CREDITS"
    READ_INTEGRATIONS = "READ_INTEGRATIONS"
    MANAGE_INTEGRATIONS = "MANAGE_INTEGRATIONS"
    DELETE_INTEGRATIONS = "DELETE_INTEGRATIONS"
    READ_FILES = "READ_FILES"
    WRITE_FILES = "WRITE_FILES"
    READ_WEBHOOKS = "READ_WEBHOOKS"
    WRITE_WEBHOOKS = "WRITE_WEBHOOKS"


class ScopeMissing(NotAllowed):
    """The API key may not do this."""

    code = "insufficient_scope"


class KeyMayNotStartLater(NotAllowed):
    """A key with a daily limit cannot let executions start by themselves: they would not count against it."""

    code = "key_may_not_start_later"


def require(held: Collection[str], needed: Iterable[Scope]) -> None:
    """Raises ScopeMissing, which names what is missing."""
    missing = sorted(set(needed) - set(held))
    if missing:
        raise ScopeMissing(f"The API key lacks the scope {', '.join(missing)}.", missing=missing)
