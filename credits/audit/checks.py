"""All checks of an audit: the ledger's own, and those that the rooms around it add."""

from collections.abc import Iterable
from typing import Protocol

from credits.audit.fault import Fault


class Check(Protocol):
    """Reads, and finds nothing if all is well. It writes nothing and opens no transaction.

    strict: nothing is running, so what is unfinished is looked at too.
    """

    def __call__(self, *, strict: bool) -> Iterable[Fault]: ...


_registered: list[Check] = []


def register(check: Check) -> None:
    """Add a check from a room that the ledger does not know. Called from an app's `ready`."""
    if check not in _registered:
        _registered.append(check)


def registered() -> tuple[Check, ...]:
    return tuple(_registered)
